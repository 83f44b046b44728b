"""A worker: takes jobs of the queue one after the other, and runs each."""

import fcntl
import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

SETTINGS, NUMBER = Path(sys.argv[1]), int(sys.argv[2])


def settings():
    return tomllib.loads(SETTINGS.read_text())


def replace(path, text):
    """Writes a file whole, so that nobody reads half of it."""
    new = path.with_name(path.name + ".new")
    with new.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)


class Past:
    """What has become of a job so far: what it has printed, how often it has failed, how often its worker has
    ended with it, and when it may be tried again. It stands where nothing is removed by its age."""

    def __init__(self, folder, job):
        self.file = folder / "tries" / job.name
        self.log = folder / "tries" / f"{job.name}.log"
        self.failed, self.left, self.when = 0, 0, 0.0
        try:
            failed, left, when = self.file.read_text().split()
        except FileNotFoundError:
            return
        self.failed, self.left, self.when = int(failed), int(left), float(when)

    def keep(self):
        replace(self.file, f"{self.failed} {self.left} {self.when}")

    def forget(self):
        self.file.unlink(missing_ok=True)


def take(folder, mine):
    """Takes the oldest job whose time has come. Only one worker can move it."""
    for job in sorted((folder / "new").iterdir()):
        if Past(folder, job).when > time.time():
            continue
        try:
            return job.rename(mine / job.name)
        except FileNotFoundError:
            continue  # Another worker has it.
    return None


def pause(wait, growth, tried):
    """How long a job waits that was tried so many times."""
    if isinstance(wait, list):
        return wait[min(tried, len(wait)) - 1] if wait else 0
    return wait * growth ** (tried - 1)


def last_to_die():
    """Where memory ends, the job goes before its worker."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def run(job, log, now):
    """Runs a job, and comes to its exit code."""
    command = [now["interpreter"], str(job)]
    own = {"PATH": now["search_path"], "HOME": os.environ["STATE_DIRECTORY"], "BATCH_JOB": job.name}
    environment = {**os.environ, **own}
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=environment["TMPDIR"],
            env=environment,
            start_new_session=True,
            preexec_fn=last_to_die,
        )
        try:
            code = process.wait(timeout=now["max_seconds"])
        except subprocess.TimeoutExpired:
            output.write(b"\nbatch: ended, since it took too long\n")
            code = 124
        # Nor does anything stay that it has left in the background.
        try:
            os.killpg(process.pid, 9)
        except ProcessLookupError:
            pass
        process.wait()
    return code if code >= 0 else 128 - code


def ended(job, folder, past, code):
    """Says how a job has ended."""
    done = folder / "done"
    past.log.touch()
    past.log.rename(done / past.log.name)
    replace(done / f"{job.name}.status", f"{code}\n")
    if code == 0:
        job.unlink()
    else:
        job.rename(done / f"{job.name}.job")
    past.forget()
    print(f"{job.name} has ended with {code}", flush=True)


def after(job, folder, past, code, now):
    """Ends a job, or has it tried again if it has failed and may be."""
    if code != 0:
        past.failed += 1
    if code == 0 or past.failed >= now["tries"]:
        ended(job, folder, past, code)
        return
    seconds = pause(now["wait"], now["growth"], past.failed)
    print(f"{job.name} has ended with {code}, and is tried again in {seconds} s", flush=True)
    past.when = time.time() + seconds
    past.keep()
    job.rename(folder / "new" / job.name)


def recover(folder, mine):
    """Hands in again what was running when this worker ended, unless it is what ends workers."""
    for job in sorted(mine.iterdir()):
        past = Past(folder, job)
        past.left += 1
        past.when = 0.0
        print(f"{job.name} was running when its worker ended", flush=True)
        if past.left > 2:
            ended(job, folder, past, 125)
        else:
            past.keep()
            job.rename(folder / "new" / job.name)


def lock(mine):
    """A lock that says that a worker is at work on what is in its folder; nothing if another one has it."""
    file = os.open(mine, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def recover_of_others(folder, now):
    """The same for workers that are not there any more, as there are to be fewer."""
    for other in (folder / "running").iterdir():
        if int(other.name) > now["workers"] and (held := lock(other)) is not None:
            recover(folder, other)
            os.close(held)


def main():
    now = settings()
    folder = Path(now["folder"])
    mine = folder / "running" / str(NUMBER)
    mine.mkdir(parents=True, exist_ok=True)
    if lock(mine) is None:
        sys.exit(f"another worker has the number {NUMBER}")
    recover(folder, mine)
    recover_of_others(folder, now)
    while True:
        now = settings()
        if NUMBER > now["workers"]:
            return
        if Path(now["folder"]) != folder:
            # Where this process may write is fixed: the next one may write there.
            sys.exit("the queue is in another folder now")
        job = take(folder, mine)
        if job is None:
            time.sleep(max(0.05, now["poll"]))
            continue
        past = Past(folder, job)
        after(job, folder, past, run(job, past.log, now), now)


main()
