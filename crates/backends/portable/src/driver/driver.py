"""Runs the NixOS test driver. Its machines here have no folder that they share with the host, so that files go
over the machine's shell in the place of it; what the methods do beside that is what the driver's own do."""

import base64
import io
import shlex
import shutil
import sys
import tarfile
import tempfile
import types
from importlib.util import find_spec
from pathlib import Path


class OfFirmware(types.ModuleType):
    """Stands for the package ovmfvartool, which drivers since 2026 import and PyPI has not. Machines here have no
    such firmware: what would use it says so."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(*_args, **_others):
            raise Exception("the firmware of these machines has no EFI variables")

        return type(name, (), {"__init__": refuse, "deserialize": refuse, "deserializeFromDocument": refuse})


if find_spec("ovmfvartool") is None:
    sys.modules["ovmfvartool"] = OfFirmware("ovmfvartool")

import test_driver
import test_driver.machine

# Its name until 2025.
Machine = getattr(test_driver.machine, "QemuMachine", None) or test_driver.machine.Machine

# How much of a file goes in one command.
PART = 48 << 10
FOLDER = "mkdir -p /tmp/shared && mktemp -d -p /tmp/shared"


def words(*of):
    return " ".join(shlex.quote(str(word)) for word in of)


def copy(source, target):
    """A file or a folder, as the driver copies it: links are followed, rights are kept."""
    (shutil.copytree if source.is_dir() else shutil.copy)(source, target)


def copy_from_host(self, source, target):
    source, target = Path(source), Path(target)
    archive = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        copy(source, Path(folder) / source.name)
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(Path(folder) / source.name, source.name)
    data = archive.getvalue()
    there = self.succeed(FOLDER).strip()
    for at in range(0, len(data), PART):
        part = base64.b64encode(data[at : at + PART]).decode()
        self.succeed(f"echo {part} | base64 -d >>{there}.tar")
    self.succeed(words("tar", "--no-same-owner", "-C", there, "-xpf", f"{there}.tar"))
    self.succeed(words("mkdir", "-p", target.parent))
    self.succeed(words("cp", "-r", f"{there}/{source.name}", target))
    self.succeed(words("rm", "-r", there, f"{there}.tar"))


def unpack(data, folder):
    """Files and folders alone, below that folder: what a machine says is not trusted."""
    folders = []
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            to = (folder / member.name).resolve()
            if not to.is_relative_to(folder.resolve()):
                raise Exception(f"{member.name} leads out of the folder that is copied")
            if member.isdir():
                to.mkdir(parents=True, exist_ok=True)
                folders.append((to, member.mode))
            elif member.isfile():
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(tar.extractfile(member).read())
                to.chmod(member.mode & 0o777)
            else:
                raise Exception(f"{member.name} is neither a file nor a folder, and is not copied")
    # Once all is in them: some may not be written.
    for to, mode in reversed(folders):
        to.chmod(mode & 0o777 | 0o700)


def copy_from_vm(self, source, target_dir=""):
    source = Path(source)
    target = self.out_dir / target_dir / source.name
    there = self.succeed(FOLDER).strip()
    self.succeed(words("cp", "-r", source, f"{there}/{source.name}"))
    data = self.succeed(words("tar", "-C", there, "-chf", "-", source.name) + " | base64 -w0")
    self.succeed(words("rm", "-r", there))
    target.parent.mkdir(exist_ok=True, parents=True)
    with tempfile.TemporaryDirectory() as folder:
        unpack(base64.b64decode(data), Path(folder))
        copy(Path(folder) / source.name, target)


Machine.copy_from_host = copy_from_host
for name in ("copy_from_vm", "copy_from_machine"):
    if hasattr(Machine, name):
        setattr(Machine, name, copy_from_vm)
if sys.argv[1:] != ["--try"]:
    test_driver.main()
