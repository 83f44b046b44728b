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


def tries(job, folder):
    """How often a job was tried, and when it may be tried again."""
    file = folder / "done" / f"{job.name}.tries"
    if not file.exists():
        return 0, 0.0
    count, when = file.read_text().split()
    return int(count), float(when)


def note(job, folder, count, when=0.0):
    """Remembers the same."""
    replace(folder / "done" / f"{job.name}.tries", f"{count} {when}")


def take(folder, mine):
    """Takes the oldest job whose time has come. Only one worker can move it."""
    for job in sorted((folder / "new").iterdir()):
        if tries(job, folder)[1] > time.time():
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


def ended(job, folder, code):
    """Says how a job has ended."""
    done = folder / "done"
    replace(done / f"{job.name}.status", f"{code}\n")
    if code == 0:
        job.unlink()
    else:
        job.rename(done / f"{job.name}.job")
    (done / f"{job.name}.tries").unlink(missing_ok=True)
    print(f"{job.name} has ended with {code}", flush=True)


def again(job, folder, code, count, now):
    """Has a job that failed tried again, if it may be."""
    if count >= now["tries"]:
        ended(job, folder, code)
        return
    seconds = pause(now["wait"], now["growth"], count)
    print(f"{job.name} has ended with {code}, and is tried again in {seconds} s", flush=True)
    note(job, folder, count, time.time() + seconds)
    job.rename(folder / "new" / job.name)


def recover(folder, mine, now):
    """Hands in again what was running when this worker ended, unless it is what ends workers."""
    for job in sorted(mine.iterdir()):
        count, _ = tries(job, folder)
        print(f"{job.name} was running when its worker ended", flush=True)
        if count >= now["tries"] + 2:
            ended(job, folder, 125)
        else:
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
            recover(folder, other, now)
            os.close(held)


def main():
    now = settings()
    folder = Path(now["folder"])
    mine = folder / "running" / str(NUMBER)
    mine.mkdir(parents=True, exist_ok=True)
    if lock(mine) is None:
        sys.exit(f"another worker has the number {NUMBER}")
    recover(folder, mine, now)
    recover_of_others(folder, now)
    while True:
        now = settings()
        if NUMBER > now["workers"]:
            return
        job = take(folder, mine)
        if job is None:
            time.sleep(max(0.05, now["poll"]))
            continue
        count = tries(job, folder)[0] + 1
        note(job, folder, count)
        code = run(job, folder / "done" / f"{job.name}.log", now)
        if code == 0:
            ended(job, folder, code)
        else:
            again(job, folder, code, count, now)


main()
