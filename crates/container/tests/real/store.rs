//! Making and keeping images.

use std::path::Path;
use std::sync::Mutex;

use domi_container::{Containers, Drive, Error, Machine, Progress, Prune, Stage};
use domi_debian::Distribution;
use domi_host::{Interrupt, dirs};
use tempfile::TempDir;

use crate::common::{Guest, containers, options};

/// A small package that needs nothing the image does not have.
const PACKAGE: &str = "hello";

/// Another cache with what apt has fetched, so that damage and pruning hurt nobody.
fn another_cache() -> TempDir {
    let real = dirs::cache().unwrap();
    let cache = tempfile::tempdir_in(&real).unwrap();
    std::os::unix::fs::symlink(real.join("debian"), cache.path().join("debian")).unwrap();
    cache
}

/// Another cache with the images of the real one, so that its disks are those of this test alone.
fn cache_with_images() -> TempDir {
    let cache = another_cache();
    let (real, own) = (dirs::cache().unwrap().join("container"), cache.path().join("container"));
    std::fs::create_dir(&own).unwrap();
    for of_images in ["locks", "roots"] {
        std::os::unix::fs::symlink(real.join(of_images), own.join(of_images)).unwrap();
    }
    cache
}

fn open(cache: &Path, interrupt: &Interrupt) -> Containers {
    Containers::open(cache, Distribution::usual().unwrap(), interrupt.clone()).unwrap()
}

/// The stages that making a layer went through.
fn stages(containers: &Containers) -> Vec<Stage> {
    let stages = Mutex::new(Vec::new());
    let made = containers.with_packages(&[PACKAGE], &|progress| {
        if let Progress::Started(stage) = progress {
            stages.lock().unwrap().push(stage);
        }
    });
    made.unwrap();
    stages.into_inner().unwrap()
}

#[test]
fn an_image_and_a_layer_are_made_once_and_again_when_they_are_damaged() {
    if containers().is_none() {
        return;
    }
    let cache = another_cache();
    let interrupt = Interrupt::default();
    let containers = open(cache.path(), &interrupt);
    let image = [Stage::Packages, Stage::Unpacking, Stage::Configuring, Stage::Saving];
    let layer = [Stage::Packages, Stage::Configuring, Stage::Saving];
    assert_eq!(stages(&containers), [&image[..], &layer].concat());
    assert_eq!(stages(&containers), []);

    let logs = tempfile::tempdir().unwrap();
    let with = containers.with_packages(&[PACKAGE], &|_| ()).unwrap();
    let machine = Machine::boot(&containers, &with, options("layer", &logs, None)).unwrap();
    let mut guest = Guest::new(machine, logs);
    assert_eq!(
        guest.run("hello --greeting=fixed; dpkg -s hello | grep Status"),
        "fixed\nStatus: install ok installed"
    );
    // What a container stands on is not pruned.
    assert_eq!(containers.prune(Prune::All).unwrap(), Vec::<String>::new());
    drop(guest);

    // Damage that only shows to who reads everything: the right length, the wrong content.
    let root = cache.path().join("container/roots").join(with.key()).join("root");
    let program = root.join("usr/bin/hello");
    let mut content = std::fs::read(&program).unwrap();
    assert!(containers.discard_damaged([&with]).unwrap().is_none());
    content[5000] ^= 1;
    std::fs::write(&program, content).unwrap();
    assert_eq!(stages(&containers), []);
    assert!(matches!(containers.discard_damaged([&with]).unwrap(), Some(Error::Store(_))));
    drop(with);
    assert_eq!(stages(&containers), layer);

    // Damage that shows at once.
    let image = containers.image(&|_| ()).unwrap();
    let list = cache.path().join("container/roots").join(image.key()).join("dpkg-status");
    std::fs::write(list, "").unwrap();
    drop(image);
    // It is made again, which takes long: that it begins is enough, and leaves nothing when it ends early.
    let made = containers.image(&|progress| {
        if let Progress::Started(Stage::Unpacking) = progress {
            interrupt.set();
        }
    });
    assert!(matches!(made.unwrap_err(), Error::Interrupted));
    assert_eq!(containers.prune(Prune::All).unwrap().len(), 2);
    let left = |folder: &str| {
        std::fs::read_dir(cache.path().join("container").join(folder)).unwrap().count()
    };
    assert_eq!((left("roots"), left("building")), (0, 0));
}

#[test]
fn a_disk_in_a_folder_is_kept_over_a_reboot_and_goes_with_its_container() {
    if containers().is_none() {
        return;
    }
    let cache = cache_with_images();
    let containers = open(cache.path(), &Interrupt::default()).with_disks_in_folders();
    let disks = || std::fs::read_dir(cache.path().join("container/disks")).unwrap().count();
    let image = containers.image(&|_| ()).unwrap();
    let logs = tempfile::tempdir().unwrap();
    let machine = Machine::boot(&containers, &image, options("folder", &logs, None)).unwrap();
    let mut guest = Guest::new(machine, logs);
    guest.run("echo kept >/root/kept; rm -r /usr/share/perl5; mkdir /usr/share/perl5; test $(stat -f -c %b /) -gt 1");
    guest.machine.reboot().unwrap();
    assert_eq!(guest.run("cat /root/kept; ls -A /usr/share/perl5"), "kept");
    assert_eq!(disks(), 1);
    drop(guest);
    assert_eq!(disks(), 0);
}

#[test]
fn an_unknown_package_is_named() {
    let Some(containers) = containers() else { return };
    let error = containers.with_packages(&["no-such-package"], &|_| ()).unwrap_err();
    assert!(matches!(error, Error::Packages(_)), "{error:?}");
    assert!(error.to_string().contains("no-such-package"), "{error}");
}
