"""Lambda functions, for Lambda@Edge."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from .aws import Aws
from .registry import creates
from .values import Created, Inputs, physical_name


@creates(
    "aws:lambda/function:Function",
    reads=("architectures", "code", "description", "handler", "memorySize", "publish", "region", "role", "runtime", "tags", "timeout"),
    ignored={"skipDestroy": "the provider's own: what it does at a delete"},
)
def _function(aws: Aws, name: str, inputs: Inputs) -> Created:
    region = inputs.pop("region", "")
    given = {"functionName": physical_name(name), **inputs, "code": {"zipFile": _zip(inputs["code"].assets)}}
    function = aws.send("lambda", "create_function", given, region=region)
    arn = function["FunctionArn"]
    return function["FunctionName"], {"name": function["FunctionName"], "arn": arn, "qualifiedArn": f"{arn}:1", "version": "1"}


def _zip(assets: Mapping[str, Any]) -> bytes:
    """An archive of the texts among the assets. What the engine would download is left out."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file, asset in sorted(assets.items()):
            if hasattr(asset, "text"):
                archive.writestr(file, asset.text)
    return packed.getvalue()
