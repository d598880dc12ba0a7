"""SSM parameters."""

from .aws import Aws
from .registry import creates
from .values import Created, Inputs


@creates("aws:ssm/parameter:Parameter", reads=("keyId", "name", "overwrite", "tags", "type", "value"))
def _parameter(aws: Aws, name: str, inputs: Inputs) -> Created:
    overwrite = inputs.pop("overwrite", False)
    try:
        answer = aws.send("ssm", "put_parameter", inputs)
    except aws.client("ssm").exceptions.ParameterAlreadyExists:
        if not overwrite:
            raise
        inputs.pop("tags", None)  # SSM accepts no tags with an overwrite
        answer = aws.send("ssm", "put_parameter", {**inputs, "overwrite": True})
    return inputs["name"], {"arn": aws.arn("ssm", f"parameter/{inputs['name'].removeprefix('/')}"), "version": answer["Version"]}
