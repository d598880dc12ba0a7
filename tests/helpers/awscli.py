"""A stand-in for the AWS CLI (and for `pulumi stack output`), so that the documentation's command lines run against a simulated account.

It takes what botocore's models say that the CLI takes, and refuses a command that names no Region.
"""

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.model import Shape
from botocore.validate import ParamValidator

from tests.helpers.support import Deployed

Calls = list[tuple[str, str, dict[str, Any]]]
"""Service, operation and parameters, as boto3 names them."""

# Commands that are no operation of an API.
_OF_THE_CLI_ALONE = ("s3 cp", "s3 rb", "s3 sync", "logs tail")
_SERVICES = {"s3api": "s3"}
# Options behind which arguments may follow.
_FLAGS = ("force", "no-progress")
_OF_ONE_VALUE = ("region", "exclude", "include")
_PROGRAM = """#!{python}
import http.client, json, os, sys
connection = http.client.HTTPConnection("127.0.0.1", {port}, timeout=120)
connection.request("POST", "/", json.dumps([os.path.basename(sys.argv[0]), os.getcwd(), *sys.argv[1:]]))
code, text = json.loads(connection.getresponse().read())
(sys.stderr if code else sys.stdout).write(text)
sys.exit(code)
"""


class WrongCommandError(Exception):
    """The AWS CLI would not take this."""


class Shell:
    """Runs command lines where `aws` and `pulumi` mean a simulated deployment."""

    def __init__(self, stack: Deployed, folder: Path, answers: Mapping[str, Callable[[dict[str, Any]], Any]]) -> None:
        self._stack, self._folder, self._answers = stack, folder, answers
        self.calls: Calls = []
        """What was asked of AWS."""
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        for name in ("aws", "pulumi", "sleep"):
            program = folder / name
            program.write_text(_PROGRAM.format(python=sys.executable, port=self._server.server_port))
            program.chmod(0o755)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def run(self, script: str) -> str:
        """What a script prints. Fails if any of its commands does."""
        environment = {**os.environ, "PATH": f"{self._folder}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=self._folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """The parameters of all calls of an operation."""
        return [parameters for _, name, parameters in self.calls if name == operation]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                program, folder, *words = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                try:
                    result = (0, answer(program, Path(folder), words))
                except Exception as error:  # what a command would say
                    result = (252, f"{type(error).__name__}: {error} ({' '.join([program, *words])})\n")
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(result).encode())

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 (the server's name)

        return Handler

    def _answer(self, program: str, folder: Path, words: Sequence[str]) -> str:
        if program == "sleep":
            return ""
        if program == "pulumi":
            return self._pulumi(words)
        command, options = _options(words)
        region = "".join(options.pop("region", []))
        if not region:
            raise WrongCommandError("no --region")
        if " ".join(command[:2]) in _OF_THE_CLI_ALONE:
            given = {"region": region, "words": command[2:], **options}
            self.calls.append((command[0], command[1], given))
            answer = self._answers.get("_".join(command[:2]))
            return str(answer(given)) if answer else ""
        query, output = "".join(options.pop("query", [])), "".join(options.pop("output", ["json"]))
        found = self._call(command, region, options, folder)
        selected = jmespath.search(query, found) if query else found
        return _written(selected, output)

    def _pulumi(self, words: Sequence[str]) -> str:
        if list(words[:2]) == ["config", "get"]:
            return self._stack.account.region + "\n"
        value = self._stack.output(words[2])
        return (json.dumps(value) if "--json" in words else str(value)) + "\n"

    def _call(self, command: Sequence[str], region: str, options: dict[str, list[str]], folder: Path) -> Any:
        client = self._stack.account.client(_SERVICES.get(command[0], command[0]), region)
        waits = command[1] == "wait"
        name = client.get_waiter(command[2].replace("-", "_")).config.operation if waits else _operation(client, command[1])
        shape = client.meta.service_model.operation_model(name).input_shape
        given: dict[str, Any] = json.loads(_text("".join(options.pop("cli-input-json", ["{}"])), folder))
        members = {xform_name(member, "-"): member for member in shape.members}
        for option, values in options.items():
            if option not in members:
                raise WrongCommandError(f"{command[0]} {command[1]} has no --{option}")
            given[members[option]] = _value(shape.members[members[option]], [_text(value, folder) for value in values])
        report = ParamValidator().validate(given, shape)
        if report.has_errors():
            raise WrongCommandError(report.generate_report())
        operation = ("wait_" if waits else "") + xform_name(name)
        self.calls.append((command[0], operation, given))
        if operation in self._answers:
            return self._answers[operation](given)
        return None if waits else getattr(client, operation)(**given)


def _options(words: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The command with its arguments, and the values of each option."""
    command: list[str] = []
    options: dict[str, list[str]] = {}
    option = ""
    for word in words:
        if word.startswith("--"):
            option = word.removeprefix("--")
            options[option] = []
            if option in _FLAGS:
                option = ""
        elif option:
            options[option].append(word)
            if option in _OF_ONE_VALUE:
                option = ""
        else:
            command.append(word)
    return command, options


def _operation(client: Any, command: str) -> str:
    for name in client.meta.service_model.operation_names:
        if xform_name(name, "-") == command:
            return str(name)
    raise WrongCommandError(f"there is no {command}")


def _text(value: str, folder: Path) -> str:
    return (folder / value.removeprefix("file://")).read_text() if value.startswith("file://") else value


def _value(shape: Shape, values: Sequence[str]) -> Any:
    """An option's value, as JSON or in the CLI's short form of lists and of lists of structures."""
    if values and values[0].lstrip().startswith(("{", "[")):
        return json.loads(values[0])
    if shape.type_name == "list":
        if shape.member.type_name == "structure":  # type: ignore[attr-defined]
            return [_structure(value) for value in values]
        return list(values)
    if shape.type_name in ("integer", "long"):
        return int(values[0])
    if shape.type_name == "boolean":
        return True
    return values[0]


def _structure(text: str) -> dict[str, Any]:
    """`Name=tag:Name,Values=a,b`: lists for those in the plural."""
    found: dict[str, Any] = {}
    key = ""
    for part in text.split(","):
        name, sign, value = part.partition("=")
        if sign:
            key = name
            found[key] = [value] if key.endswith("s") else value
        else:
            found[key].append(part)
    return found


def _written(value: Any, output: str) -> str:
    if output == "text":
        if isinstance(value, list):
            if value and isinstance(value[0], list):
                return "".join("\t".join(map(str, row)) + "\n" for row in value)
            return "\t".join(map(str, value)) + "\n"
        return f"{value}\n"
    return "" if value is None else json.dumps(value, default=str) + "\n"


@contextlib.contextmanager
def shell(stack: Deployed, folder: Path, **answers: Callable[[dict[str, Any]], Any]) -> Iterator[Shell]:
    """A shell for a deployment.

    ``answers`` are given in place of moto's, by operation (``wait_…`` for a waiter's, ``s3_sync`` and the like for commands of the CLI alone).
    """
    made = Shell(stack, folder, answers)
    try:
        yield made
    finally:
        made.close()
