# buildEnv: the files of packages as links in folders of one, those of a lower priority number first.
import json, os

out, spec = os.environ["out"], json.loads(os.environ["spec"])
wanted = [path.strip("/") for path in spec["pathsToLink"]]


def is_wanted(name):
    return any(not path or name == path or name.startswith(path + "/") for path in wanted)


def leads_there(name):
    return not name or any(path.startswith(name + "/") for path in wanted)


found = {}


def add(source, name, priority):
    if not os.path.lexists(source):
        return
    if os.path.isdir(source):
        if is_wanted(name) or leads_there(name):
            for each in sorted(os.listdir(source)):
                add(f"{source}/{each}", f"{name}/{each}" if name else each, priority)
    elif is_wanted(name) and (name not in found or priority < found[name][0]):
        found[name] = (priority, source)


for package in spec["paths"]:
    add(package["path"], "", package["priority"])
os.makedirs(out, exist_ok=True)
for name, (_, source) in found.items():
    os.makedirs(os.path.dirname(f"{out}/{name}"), exist_ok=True)
    os.symlink(source, f"{out}/{name}")
