# flakeModules.default: all that another repository of features needs.
{
  flake.flakeModules.default = ../flake-module;
}
