"""A form with one file, as ipfs-cluster's add takes it."""

import secrets


def frame(filename: str) -> tuple[bytes, bytes, str]:
    """What is sent before and after the file's content, and the form's content type."""
    boundary = secrets.token_hex(16)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return head.encode(), f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
