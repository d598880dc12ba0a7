"""The sandbox's command line, as far as it goes without a container engine."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import engine
from sandbox.__main__ import main


@pytest.fixture(autouse=True)
def _no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))


def run(project: Path, *arguments: str) -> int:
    return main(list(arguments), root=project)


def test_up_without_an_engine_ends_after_the_simulation(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "up") == 0
    shown = capsys.readouterr().out
    assert "└─ ipfs-cluster:index:IpfsCluster  ipfs" in shown
    assert "   ├─ aws:ecs/cluster:Cluster  ipfs-cluster" in shown
    assert "api_password: [secret]" in shown
    assert "resources in a simulated AWS account" in shown
    assert "The nodes were NOT started" in shown
    for command in ("docker compose", "docker-compose", "podman-compose"):
        assert f"  {command}: not installed" in shown
    assert "Install Docker" in shown


def test_what_is_written_is_readable_by_its_owner_alone(project: Path) -> None:
    run(project, "plan")
    folder = project / ".sandbox" / "dev"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert {file.name for file in files} == {"compose.yaml", "curl.conf", "state.json"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_no_secret_is_printed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(project, "up")
    shown = capsys.readouterr().out
    made = json.loads((project / ".sandbox" / "dev" / "state.json").read_text())["random"]
    file = yaml.safe_load((project / ".sandbox" / "dev" / "compose.yaml").read_text())
    environments = [service.get("environment", {}) for service in file["services"].values()]
    hidden = {value["value"] for key, value in made.items() if key.startswith("RandomPassword")}
    hidden |= {env[name] for env in environments for name in env if name.endswith(("KEY", "SECRET", "CREDENTIALS"))}
    assert len(hidden) > 8
    assert [value for value in hidden if value in shown] == []


def test_a_second_run_keeps_everything(project: Path) -> None:
    file = project / ".sandbox" / "dev" / "compose.yaml"
    run(project, "plan")
    first = file.read_text()
    run(project, "plan")
    assert file.read_text() == first


def test_deleting_the_data_forgets_the_identities(project: Path) -> None:
    folder = project / ".sandbox" / "dev"
    run(project, "plan")
    first = (folder / "compose.yaml").read_text()
    assert run(project, "down") == 0
    assert folder.exists()
    assert run(project, "down", "--delete-data") == 0
    assert not folder.exists()
    run(project, "plan")
    assert (folder / "compose.yaml").read_text() != first


def test_data_that_an_engine_keeps_is_not_forgotten_without_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(project, "plan")
    folder = project / ".sandbox" / "dev"
    (folder / "compose.log").touch()
    assert run(project, "down", "--delete-data") == 1
    assert "this machine has no usable container engine" in capsys.readouterr().err
    assert (folder / "state.json").exists(), "identities and secrets belong to that data"


def test_curl_reads_a_password_with_quotes(project: Path) -> None:
    file = project / "Pulumi.dev.yaml"
    values = yaml.safe_load(file.read_text())["config"] | {"ipfs-cluster:api": {"username": "me", "password": 'quo"te-back\\slash'}}
    file.write_text(yaml.safe_dump({"config": values}))
    run(project, "plan")
    assert (project / ".sandbox" / "dev" / "curl.conf").read_text() == 'user = "me:quo\\"te-back\\\\slash"\n'


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ipfs-cluster:nodes": {"cuont": 3}}, "nodes.cuont: there is no such input"),
        ({"ipfs-cluster:nodes": {"cpu": 333}}, "nodes.cpu: 333 is not a Fargate size"),
        ({"ipfs-cluster:nodes": {"cpu": 333, "kuboImage": "x"}}, "nodes.kuboImage: 'x' does not say which version"),
        ({"ipfs-cluster:nodez": {"count": 3}}, "nodez: there is no such input"),
        ({"ipfs-cluster:nodes": "3"}, "ipfs-cluster:nodes: 3 must be a mapping"),
        ({"ipfs-cluster:api": {"password": {"secure": "AAAA"}}}, "encrypted values, which the sandbox cannot read: ipfs-cluster:api"),
        ({"aws:region": None}, "has no Region; set one by `pulumi config set aws:region"),
    ],
)
def test_errors_are_one_clear_message(project: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], message: str) -> None:
    file = project / "Pulumi.dev.yaml"
    values = {**yaml.safe_load(file.read_text())["config"], **change}
    file.write_text(yaml.safe_dump({"config": {key: value for key, value in values.items() if value is not None}}))
    assert run(project, "up") == 1
    shown = capsys.readouterr()
    assert shown.err.startswith("error: ")
    assert message in shown.err
    assert "Traceback" not in shown.out + shown.err


@pytest.mark.parametrize(
    "change",
    [
        {"ipfs-cluster:credentials": {"clusterSecretParameter": "/mine/secret"}},
        {"ipfs-cluster:network": {"vpcId": "vpc-0123", "subnetIds": {"eu-west-1a": "subnet-0123", "eu-west-1b": "subnet-0124"}}},
    ],
)
def test_what_only_the_real_account_has_is_named(project: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any]) -> None:
    file = project / "Pulumi.dev.yaml"
    file.write_text(yaml.safe_dump({"config": {**yaml.safe_load(file.read_text())["config"], **change}}))
    assert run(project, "up") == 1
    shown = capsys.readouterr().err
    assert shown.startswith("error: the simulated account does not have what the stack refers to: ")
    assert "Use a stack without an existing VPC or KMS key" in shown
    assert ".sandbox/dev/parameters.json, as a JSON object by name" in shown


def test_parameters_of_ones_own_may_stand_beside_it(project: Path) -> None:
    file = project / "Pulumi.dev.yaml"
    change = {"ipfs-cluster:credentials": {"clusterSecretParameter": "/mine/secret"}}
    file.write_text(yaml.safe_dump({"config": {**yaml.safe_load(file.read_text())["config"], **change}}))
    folder = project / ".sandbox" / "dev"
    folder.mkdir(parents=True)
    (folder / "parameters.json").write_text(json.dumps({"/mine/secret": "ab" * 32}))
    assert run(project, "plan") == 0
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    assert services["ipfs-node-eu-west-1a-ipfs-cluster"]["environment"]["CLUSTER_SECRET"] == "ab" * 32


def in_s3(project: Path) -> Path:
    """Gives the stack blocks in S3; the file that names the S3 service."""
    file = project / "Pulumi.dev.yaml"
    change = {"ipfs-cluster:storage": {"datastore": "s3"}, "ipfs-cluster:nodes": {"kuboImage": "own/kubo:1", "count": 2}}
    file.write_text(yaml.safe_dump({"config": {**yaml.safe_load(file.read_text())["config"], **change}}))
    return project / ".sandbox" / "dev" / "s3.json"


def test_blocks_in_s3_need_a_service_of_ones_own(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = in_s3(project)
    assert run(project, "up") == 1
    assert 'name it in .sandbox/dev/s3.json, like {"endpoint": ' in capsys.readouterr().err
    file.write_text("{}")
    assert run(project, "up") == 1
    assert "s3.json cannot be read (KeyError('endpoint'))" in capsys.readouterr().err
    file.write_text(json.dumps({"endpoint": "http://127.0.0.1:9", "environment": {}}))
    assert run(project, "up") == 1
    assert "the S3 service at http://127.0.0.1:9 cannot be used" in capsys.readouterr().err


def test_blocks_go_to_the_service_that_is_named(project: Path) -> None:
    file = in_s3(project)
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"endpoint": "http://172.17.0.1:9000", "environment": {"AWS_ACCESS_KEY_ID": "minio"}}))
    assert run(project, "plan") == 0
    services = yaml.safe_load((file.parent / "compose.yaml").read_text())["services"]
    for node in ("a", "b"):
        environments = {name: services[f"ipfs-node-eu-west-1{node}-{name}"]["environment"] for name in ("configure", "ipfs", "ipfs-cluster")}
        assert {name for name, environment in environments.items() if environment.get("AWS_ACCESS_KEY_ID") == "minio"} == {"configure", "ipfs"}
        child = json.loads(environments["configure"]["KUBO_CONFIG"])["Datastore"]["Spec"]["mounts"][0]["child"]
        assert child["regionEndpoint"] == "http://172.17.0.1:9000"
        assert child["bucket"].startswith(f"ipfs-eu-west-1{node}-blocks-")


def test_a_stack_without_a_file_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "up", "--stack", "prod") == 1
    assert "there is no Pulumi.prod.yaml; the stacks with a file are: dev" in capsys.readouterr().err


def test_a_type_that_the_sandbox_does_not_know_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = project / "__main__.py"
    program.write_text(program.read_text() + 'import pulumi_aws as aws\naws.sqs.Queue("mine")\n')
    assert run(project, "plan") == 1
    assert "the sandbox does not know the resource type aws:sqs/queue:Queue (mine)" in capsys.readouterr().err


def test_a_look_up_that_the_sandbox_does_not_know_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = project / "__main__.py"
    program.write_text(program.read_text() + "import pulumi_aws as aws\naws.get_billing_service_account()\n")
    assert run(project, "plan") == 1
    assert "the sandbox does not know the look-up aws:index/getBillingServiceAccount" in capsys.readouterr().err


def test_what_moto_lacks_is_kept_and_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = project / "__main__.py"
    program.write_text(
        program.read_text() + 'import pulumi_aws as aws\naws.efs.BackupPolicy("mine", file_system_id="fs-1", backup_policy={"status": "DISABLED"})\n'
    )
    assert run(project, "plan") == 0
    assert "Not simulated, only recorded: aws:efs/backupPolicy:BackupPolicy mine" in capsys.readouterr().out


def test_two_resources_of_one_name_are_refused(project: Path) -> None:
    program = project / "__main__.py"
    twice = 'import pulumi_aws as aws\naws.efs.BackupPolicy("mine", file_system_id="fs-1", backup_policy={"status": "DISABLED"})\n'
    program.write_text(program.read_text() + twice * 2)
    with pytest.raises(ValueError, match="two resources of type aws:efs/backupPolicy:BackupPolicy are named mine"):
        run(project, "plan")


def _program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("programs", "found"),
    [
        ({"docker": "exit 0", "docker-compose": "exit 0", "podman": "exit 0", "podman-compose": "exit 0"}, ("docker", "compose")),
        ({"docker": '[ "$1" != compose ]', "docker-compose": "exit 0", "podman": "exit 0", "podman-compose": "exit 0"}, ("docker-compose",)),
        ({"docker": "exit 1", "podman": "echo 5.6.0", "podman-compose": "exit 0"}, ("podman-compose",)),
    ],
)
def test_engines_are_looked_for_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: dict[str, str], found: tuple[str, ...]) -> None:
    for name, script in programs.items():
        _program(tmp_path / "programs", name, script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'programs'}:/bin:/usr/bin" if found[0].startswith("podman") else str(tmp_path / "programs"))
    monkeypatch.setattr("shutil.which", lambda name: str(tmp_path / "programs" / name) if (tmp_path / "programs" / name).exists() else None)
    assert tuple(engine.find(tmp_path / "compose.yaml", "p").compose) == found


def test_a_podman_that_is_too_old_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "programs", "podman", "echo 5.5.2")
    _program(tmp_path / "programs", "podman-compose", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'programs'}")
    with pytest.raises(engine.NoEngineError, match=r"podman-compose: podman 5\.5 is too old; 5\.6 or newer is needed"):
        engine.find(tmp_path / "compose.yaml", "p")


def test_an_engine_that_does_not_answer_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "programs", "docker", '[ "$1" = compose ]')
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    with pytest.raises(engine.NoEngineError, match="docker compose: the docker engine does not answer; start it"):
        engine.find(tmp_path / "compose.yaml", "p")
