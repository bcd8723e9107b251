"""Secrets and a certificate of this machine's own, made once."""

import secrets
import subprocess
from pathlib import Path


def secret_file(path: Path) -> Path:
    """A file with 64 random characters, readable by its owner; what is there stays."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.new")
        beside.touch(mode=0o600)
        beside.write_text(secrets.token_urlsafe(48) + "\n")
        beside.rename(path)
    return path


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A self-signed certificate and its key for RTMPS; what is there stays."""
    crt, key = folder / "tls.crt", folder / "tls.key"
    if not crt.exists() or not key.exists():
        kind = "IP" if host.replace(".", "").isdigit() or ":" in host else "DNS"
        subject = ("-subj", f"/CN={host}", "-addext", f"subjectAltName={kind}:{host},DNS:localhost")
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        command += ["-days", "825", *subject, "-keyout", str(key), "-out", str(crt)]
        subprocess.run(command, check=True, capture_output=True)
        key.chmod(0o600)
    return crt, key
