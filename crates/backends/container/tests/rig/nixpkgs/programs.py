# The programs of a package of Python's: for each its name, its module and its function, a line.
import tomllib

with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)["project"]
for name, place in project["scripts"].items():
    print(name, *place.split(":"))
