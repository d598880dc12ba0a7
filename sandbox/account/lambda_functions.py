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
    ignored={"skipDestroy": "only the provider uses it, when it deletes the resource"},
)
def _function(aws: Aws, name: str, inputs: Inputs) -> Created:
    region = inputs.pop("region", "")
    given = {"functionName": physical_name(name), **inputs, "code": {"zipFile": _zip(inputs["code"].assets)}}
    function = aws.send("lambda", "create_function", given, region=region)
    arn = function["FunctionArn"]
    return function["FunctionName"], {"name": function["FunctionName"], "arn": arn, "qualifiedArn": f"{arn}:1", "version": "1"}


def _zip(assets: Mapping[str, Any]) -> bytes:
    """An archive of the text assets. Assets that the engine would download are omitted."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file, asset in sorted(assets.items()):
            if hasattr(asset, "text"):
                archive.writestr(file, asset.text)
    return packed.getvalue()
