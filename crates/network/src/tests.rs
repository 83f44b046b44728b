use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::*;

const NAMES: [&str; 3] = ["one", "two", "three"];

fn wire(network: &Network, name: &str) -> UnixStream {
    let stream = UnixStream::from(network.plug(name).unwrap().wire().unwrap());
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream
}

fn frame(to: u8, from: u8, text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0, 0, 0, 0, 2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from];
    if to == 0xff {
        frame[4] = 0xff;
    }
    frame.extend(text);
    let length = u32::try_from(frame.len() - 4).unwrap();
    frame[..4].copy_from_slice(&length.to_be_bytes());
    frame
}

/// Sends from the first machine and says which others get it.
#[track_caller]
fn check(wires: &mut [UnixStream], sent: &[u8], expected: &[bool]) {
    wires[0].write_all(sent).unwrap();
    let mut buffer = vec![0; sent.len()];
    let mut got = |wire: &mut UnixStream| wire.read_exact(&mut buffer).is_ok();
    let got: Vec<bool> = wires[1..].iter_mut().map(&mut got).collect();
    assert_eq!(got, expected);
}

#[test]
fn a_frame_reaches_whom_it_is_for_unless_the_wire_between_is_cut() {
    let network = Network::new(NAMES).unwrap();
    let mut wires: Vec<_> = NAMES.map(|name| wire(&network, name)).into();
    check(&mut wires, &frame(0xff, 1, b"who is there?"), &[true, true]);
    wires[1].write_all(&frame(1, 2, b"two is")).unwrap();
    wires[0].read_exact(&mut [0; 22]).unwrap();
    check(&mut wires, &frame(2, 1, b"to two alone"), &[true, false]);
    network.cut("two").unwrap();
    check(&mut wires, &frame(0xff, 1, b"two is cut off"), &[false, true]);
    network.cut("one").unwrap();
    check(&mut wires, &frame(0xff, 1, b"so is one"), &[false, false]);
    network.heal("two").unwrap();
    check(&mut wires, &frame(0xff, 1, b"two alone is healed"), &[false, false]);
    network.heal("one").unwrap();
    check(&mut wires, &frame(0xff, 1, b"healed"), &[true, true]);
}

#[test]
fn what_a_machine_sends_is_delayed_or_lost_until_its_cable_is_healed_or_a_new_one() {
    let network = Network::new(NAMES).unwrap();
    let mut wires: Vec<_> = NAMES.map(|name| wire(&network, name)).into();
    let delay = Duration::from_millis(40);
    network.delay("one", delay).unwrap();
    let sent = Instant::now();
    check(&mut wires, &frame(0xff, 1, b"later"), &[true, true]);
    assert!(sent.elapsed() >= delay);
    network.lose("one", 100).unwrap();
    check(&mut wires, &frame(0xff, 1, b"lost"), &[false, false]);
    wires[1].write_all(&frame(1, 2, b"two sends")).unwrap();
    wires[0].read_exact(&mut [0; 25]).unwrap();
    network.heal("one").unwrap();
    check(&mut wires, &frame(0xff, 1, b"healed"), &[true, true]);
    network.lose("one", 100).unwrap();
    wires[0] = wire(&network, "one");
    check(&mut wires, &frame(0xff, 1, b"a new cable is whole"), &[true, true]);
}

#[test]
fn frames_under_way_arrive_without_another_event() {
    let network = Network::new(NAMES).unwrap();
    let mut wires: Vec<_> = NAMES.map(|name| wire(&network, name)).into();
    network.delay("one", Duration::from_millis(20)).unwrap();
    let texts = [b"1st", b"2nd", b"3rd"];
    texts.iter().for_each(|text| wires[0].write_all(&frame(2, 1, *text)).unwrap());
    for text in texts {
        let mut got = [0; 19];
        wires[1].read_exact(&mut got).unwrap();
        assert_eq!(&got[16..], text);
    }
}

#[test]
fn a_machine_that_takes_nothing_holds_up_nobody() {
    let network = Network::new(NAMES).unwrap();
    let mut wires: Vec<_> = NAMES.map(|name| wire(&network, name)).into();
    let mut reader = wires.pop().unwrap();
    let big = frame(0xff, 1, &[7; 60_000]);
    let sender = std::thread::spawn(move || {
        for _ in 0..50 {
            wires[0].write_all(&big).unwrap();
        }
        wires
    });
    for _ in 0..50 {
        reader.read_exact(&mut vec![0; 60_016]).unwrap();
    }
    sender.join().unwrap();
}

#[test]
fn the_network_ends_with_its_last_handle() {
    let network = Network::new(NAMES).unwrap();
    let mut wire = wire(&network, "one");
    drop(network);
    assert_eq!(wire.read(&mut [0]).unwrap(), 0);
}
