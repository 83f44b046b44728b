{
  services.journald.extraConfig = "Storage=none";
  services.timesyncd.enable = false;
}
