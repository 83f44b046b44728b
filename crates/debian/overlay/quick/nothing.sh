#!/bin/sh
# Stands for what enables or starts services, or makes data for them: in a test machine no package does.
case " $* " in
    # "Has this unit been enabled before?" A yes would ask for more work.
    *" debian-installed "* | *" was-enabled "*) exit 1 ;;
esac
exit 0
