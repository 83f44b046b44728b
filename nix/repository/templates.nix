# templates: every folder of templates/, with the description of its own README.
{ lib, ... }:
let
  folder = ../../templates;
  folders = lib.filterAttrs (_: type: type == "directory") (builtins.readDir folder);
  # `# What it is`
  title = path: lib.removePrefix "# " (lib.head (lib.splitString "\n" (builtins.readFile path)));
in
{
  flake.templates = lib.mapAttrs (name: _: {
    path = folder + "/${name}";
    description = title (folder + "/${name}/README.md");
  }) folders;
}
