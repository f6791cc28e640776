# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real object store for tests: one monitor, one storage daemon in memory, one RADOS Gateway with TLS, on loopback ports.

    with Ceph() as ceph: ... ceph.endpoint, ceph.ca_path, ceph.access_key, ceph.secret_key

tests/parts/ceph.sh installs it. All files lie in one temporary folder; all processes end with the context.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

_CONFIGURATION = """
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{mon_port}]
ms_bind_msgr1 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_mon_service_mode = crc
ms_mon_cluster_mode = crc
ms_client_mode = crc
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
mon_allow_pool_size_one = true
osd_objectstore = memstore
memstore_device_bytes = 8G
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
rgw_override_bucket_index_max_shards = 1
rgw_data_log_num_shards = 1
rgw_md_log_max_shards = 1
rgw_usage_max_shards = 1
rgw_objexp_hints_num_shards = 1
rgw_gc_max_objs = 1
rgw_lc_max_objs = 1
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = key-for-tests={kms_key}
rgw_bucket_quota_ttl = 0
rgw_user_quota_bucket_sync_interval = 1
rgw_dns_name = localhost
rgw_frontends = beast tcp_nodelay=1 ssl_endpoint=127.0.0.1:{port} ssl_certificate={folder}/cert.pem ssl_private_key={folder}/key.pem
run_dir = {folder}
mon_data = {folder}/mon
osd_data = {folder}/osd
rgw_data = {folder}/rgw
log_file = {folder}/$name.log
admin_socket = {folder}/$name.asok
pid_file =
mon_cluster_log_file = {folder}/cluster.log
crash_dir = {folder}
"""


class Ceph:
    """Starts in two to three seconds and holds all objects in memory."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ceph-"))
        self.port = _free_port()
        self.endpoint = f"https://localhost:{self.port}"
        self.ca_path = str(self.folder / "cert.pem")
        self.access_key = self.secret_key = ""
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Ceph:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        for process in reversed(self._processes):
            process.kill()
        for process in self._processes:
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def admin(self, *arguments: str) -> Any:
        """Run radosgw-admin; its answer, decoded where it is JSON."""
        text = self._run("radosgw-admin", "-n", "client.admin", *arguments)
        return json.loads(text) if text.lstrip().startswith(("{", "[")) else text

    def add_user(self, name: str) -> tuple[str, str]:
        """A new user's access key and secret key."""
        keys = self.admin("user", "create", f"--uid={name}", f"--display-name={name}")["keys"][0]
        return keys["access_key"], keys["secret_key"]

    def _start(self) -> None:
        mon_port = _free_port()
        kms_key = base64.b64encode(os.urandom(32)).decode()
        text = _CONFIGURATION.format(fsid=uuid.uuid4(), mon_port=mon_port, port=self.port, folder=self.folder, kms_key=kms_key)
        (self.folder / "ceph.conf").write_text(text, encoding="utf-8")
        certify(self.folder)
        fsid = text.split("fsid = ")[1].split()[0]
        monmap = str(self.folder / "monmap")
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{mon_port}]", monmap)
        for name in ("mon", "osd", "rgw"):
            (self.folder / name).mkdir()
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self._spawn("ceph-mon", "-f", "-i", "a")
        osd = str(uuid.uuid4())
        self._run("ceph", "osd", "new", osd)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._spawn("ceph-osd", "-f", "-i", "0")
        self._spawn("radosgw", "-f", "-n", "client.rgw")
        self._wait()
        self.access_key, self.secret_key = self.add_user("archive")

    def _wait(self) -> None:
        context = ssl.create_default_context(cafile=self.ca_path)
        end = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(self.endpoint, context=context, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                ended = [process.args for process in self._processes if process.poll() is not None]
                if ended or time.monotonic() > end:
                    raise RuntimeError(f"Ceph does not start: {ended or 'no answer within a minute'}\n{self._logs()}") from None
                time.sleep(0.05)

    def _logs(self) -> str:
        return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-2000:]}" for path in sorted(self.folder.glob("*.out")))

    def _run(self, program: str, *arguments: str) -> str:
        command = [program, "-c", str(self.folder / "ceph.conf"), *arguments] if program != "monmaptool" else [program, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
        return done.stdout

    def _spawn(self, program: str, *arguments: str) -> None:
        with open(self.folder / f"{program}.out", "wb") as output:
            command = [program, "-c", str(self.folder / "ceph.conf"), *arguments]
            process = subprocess.Popen(
                command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_the_parent
            )
            self._processes.append(process)


def _die_with_the_parent() -> None:
    """Tests can be killed too; what they started must not stay."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def certify(folder: Path) -> None:
    """Make cert.pem and key.pem, for this machine's loopback names, trusted where cert.pem is named as authority."""
    names = "subjectAltName=DNS:localhost,DNS:*.localhost,IP:127.0.0.1"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", names, "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.chmod(folder / "key.pem", 0o600)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
