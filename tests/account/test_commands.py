"""The `aws` commands of the documentation: each names its Region and cluster, and is run by the AWS CLI against a simulated deployment."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from moto.server import ThreadedMotoServer

from tests.helpers.pages import blocks_after, command_blocks, commands, every_code
from tests.helpers.support import EXAMPLES, REGION, ROOT, Deployed, deployed_small, zone

# What the simulated account cannot serve, by how the command begins.
NOT_RUN = {
    "aws backup list-backup-jobs": "moto keeps no backup jobs",
    "aws ecs wait services-stable": "moto starts no tasks",
    "aws logs tail": "of version 2 of the AWS CLI, which is no Python package",
    "aws service-quotas request-service-quota-increase": "moto grants no quotas",
    "aws service-quotas get-service-quota": "moto knows no quotas of Fargate",
    "aws ecr describe-pull-through-cache-rules": "moto has no caches",
    "aws ecr validate-pull-through-cache-rule": "moto has no caches",
    "aws cloudformation get-template": "of another stack, the AWS sample's",
    "aws cloudfront create-invalidation": "moto takes it for its own distributions' IDs only",
    "aws efs update-file-system": "moto cannot change one",
    "aws backup start-backup-job": "named, not to be run as it stands",
}
# Services without Regions.
GLOBAL = {"cloudfront", "iam", "route53", "sts"}


# Scripts whose later lines need what earlier ones printed: the page, a text before them, and how many blocks; and the test that runs them.
WHOLE = {
    ("README.md", "**with all that they hold**", 1): "tests/account/test_leftovers.py",
    ("docs/operations.md", "**Restore**", 3): "tests/account/test_scripts.py",
    ("docs/operations.md", "### Rebuild a node by the AWS CLI", 1): "tests/account/test_scripts.py",
    ("docs/operations.md", "### Nodes down", 1): "tests/account/test_scripts.py",
    ("docs/operations.md", "#### Find out who asks", 1): "tests/account/test_scripts.py",
}
SCRIPTS = [block for script in WHOLE for block in blocks_after(*script)]
# Variables that the commands may use, since their page or the text around them says what they are.
VARIABLES = ("region", "cluster", "pool", "account", "file", "name", "image", "zone")


def aws_commands() -> Iterator[tuple[str, str]]:
    """The page and the text of every command that begins with `aws`: on a line, within a sentence, and within other commands."""
    for code in every_code():
        if code.kind == "inline" and code.text.startswith("aws ") and "…" not in code.text:
            yield code.page, code.text
        if code.language != "sh" or code in SCRIPTS:
            continue
        for line in commands(code.text):
            if line.lstrip().startswith("aws "):
                yield code.page, line.strip()
            for inner in re.findall(r"\$\((aws [^()]+(?:\([^()]*\)[^()]*)*)\)", line):
                yield code.page, inner


# In the order of the pages, in which one may need what another one did.
COMMANDS = list(dict.fromkeys(aws_commands()))


def first_command(text: str) -> list[str]:
    """The words of a command, without what follows it: a pipe, a comment."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|;&")
    lexer.whitespace_split = True
    words = []
    for word in lexer:
        if word in ("|", "||", "&&", ";"):
            break
        words.append(word)
    return words


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 25
    assert {page for page, _ in COMMANDS} >= {"docs/operations.md", "docs/images.md", "docs/edge.md"}


def test_what_hands_on_what_a_command_printed_is_run_as_a_whole() -> None:
    handed_on = {
        block
        for block in command_blocks()
        for line in commands(block.text)
        if re.search(r"\bin \$\(aws ", line) or any(name not in VARIABLES for name in re.findall(r"(\w+)=\$\(aws ", line))
    }
    assert handed_on <= set(SCRIPTS)
    for (page, after, _), test in WHOLE.items():
        assert repr(page).replace("'", '"') in (ROOT / test).read_text()
        assert f'"{after}"' in (ROOT / test).read_text()


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_each_names_its_region_and_cluster(page: str, command: str) -> None:
    _, service, operation, *options = first_command(command)
    if options:  # else it is only mentioned
        if service not in GLOBAL:
            assert "--region" in options, "the CLI's own Region may be another one"
        model = {"s3": None, "s3api": "s3"}.get(service, service)
        names = {xform_name(name, "-"): name for name in MODELS.get_service_model(model).operation_names} if model else {}
        if model and operation in names:
            shape = MODELS.get_service_model(model).operation_model(names[operation]).input_shape
            assert "cluster" not in (shape.members if shape else {}) or "--cluster" in options
        if (service, operation) == ("ecs", "wait"):
            assert "--cluster" in options


MODELS = botocore.session.get_session()


@pytest.fixture(scope="module")
def stack() -> Iterator[Deployed]:
    def groups(account: Any) -> dict[str, Any]:
        return {
            "gateway": {"authentication": "token"},
            "edge": {"domain": "example.com", "zoneId": zone(account), "websites": ["www.example.com"]},
            "backup": {"pinsetSchedule": "rate(1 day)"},
            "monitoring": {},
            "api": {"users": ["ci"]},
        }

    with deployed_small(groups) as found:
        yield found


@pytest.fixture(scope="module")
def server(stack: Deployed) -> Iterator[str]:
    """The simulated account, behind an address."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def shell(stack: Deployed, server: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A folder and an environment in which the commands can be run: with `pulumi stack output`, and what their pages tell to set before."""
    folder = tmp_path_factory.mktemp("shell")
    programs = folder / "bin"
    programs.mkdir()
    outputs = {name: export.value for name, export in stack.deployment.exports.items()}
    (folder / "outputs.json").write_text(json.dumps(outputs))
    pulumi = programs / "pulumi"
    pulumi.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.load(open({str(folder / 'outputs.json')!r}))[sys.argv[-1]])\n")
    pulumi.chmod(0o700)
    pool = outputs["gateway_user_pool_id"]
    client = outputs["gateway_user_pool_client_id"]
    (folder / "password.json").write_text(json.dumps({"UserPoolId": pool, "Username": "alice", "Password": "Long-enough-1!", "Permanent": True}))
    login = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client, "AuthParameters": {"USERNAME": "alice", "PASSWORD": "Long-enough-1!"}}
    (folder / "login.json").write_text(json.dumps(login))
    record = {"Name": "_dnslink.www.example.com", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"dnslink=/ipfs/bafkqaaa"'}]}
    (folder / "record.json").write_text(json.dumps({"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}))
    (folder / "policies").mkdir()
    (folder / "policies" / "x.json").write_text('{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}')
    shutil.copy(EXAMPLES / "github-actions" / "trust-policy.json", folder)
    shutil.copy(folder / "policies" / "x.json", folder / "publisher-policy.json")
    bucket = outputs["pinset_bucket"]
    stack.client("s3").delete_bucket_policy(Bucket=bucket)  # moto goes by its Deny, and by no condition
    stack.client("s3").put_object(Bucket=bucket, Key="pinset.json", Body=b"{}")
    stack.client("logs").create_log_stream(logGroupName="/ipfs/ipfs-cluster/test/eu-west-1a/ipfs", logStreamName="ecs/ipfs/1")
    zone_id = outputs["websites"]["www.example.com"]
    environment = {
        "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(folder),
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": "us-west-2",  # not the stack's
        "AWS_PAGER": "",
        "AWS_MAX_ATTEMPTS": "1",
        **dict(
            zip(VARIABLES, (REGION, outputs["cluster_arn"], pool, stack.account.id, "policies/x.json", "ipfs-x", "ipfs/kubo:v0.43.1", zone_id), strict=True)
        ),
    }
    return {"cwd": folder, "env": environment}


def filled(command: str, stack: Deployed) -> str:
    """A command with its placeholders replaced by what this deployment has."""
    vaults = [r.name for r in stack.registered("aws:backup/vault:Vault")]
    vault = next(v["BackupVaultName"] for v in stack.client("backup").list_backup_vaults()["BackupVaultList"]) if vaults else ""
    values = {
        "<region>": REGION,
        "<cluster>": stack.output("cluster_arn"),
        "<node>": "eu-west-1a",
        "<name>": "ipfs",
        "<project>": "ipfs-cluster",
        "<stack>": "test",
        "<vault>": vault,
        "<deployer>": stack.client("iam").list_roles()["Roles"][0]["RoleName"],
        "<user>": "me",
        "<access token>": "x",
        "<cid>": "bafkqaaa",
    }
    for placeholder, value in values.items():
        command = command.replace(placeholder, value)
    left = re.findall(r"<[a-z][^<>]*>", command)
    assert not left, f"say in this test what {left} is here"
    return command


def not_run(command: str) -> str:
    """Why a command is not run, if it is not."""
    return next((reason for beginning, reason in NOT_RUN.items() if command.startswith(beginning)), "")


@pytest.mark.parametrize(("page", "command"), [(page, command) for page, command in COMMANDS if not not_run(command)])
def test_each_does_what_it_says(page: str, command: str, stack: Deployed, shell: dict[str, Any]) -> None:
    script = filled(command.replace("--follow", ""), stack)
    script = script.partition(" | crane ")[0]
    done = subprocess.run(["bash", "-euc", script], **shell, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_not_run_is_still_in_the_documentation() -> None:
    assert [beginning for beginning in NOT_RUN if not any(command.startswith(beginning) for _, command in COMMANDS)] == []
