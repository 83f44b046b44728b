{
  systemd.services.job.serviceConfig.ExecStart = builtins.concatStringsSep " " [
    "${./job.sh}"
    (builtins.toFile "word" "hello")
    (builtins.path {
      name = "copy";
      path = ./page.html;
    })
  ];
  systemd.services.systemd-journald.serviceConfig.MemoryHigh = "100M";
  environment.etc."x/page".source = ./page.html;
  boot.kernelParams = [ "quiet" ];
  users.users.root.extraGroups = [ "video" ];
}
