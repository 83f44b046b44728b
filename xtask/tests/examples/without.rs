//! The problems without an example, by the reason why there is none. The list may only become shorter.

/// Each reason with its codes.
pub(crate) const CODES: &[(&str, &str)] = &[
    (
        "it is said where a feature in Rust is compiled",
        "D0110 D0111 D0112 D0113 D0403 D0404 D0718 D0719",
    ),
    (
        "Nix says it, or there is none",
        "D0516 D0521 D0522 D0546 D0555 D0704 D0706 D0707 D0731 D0732 D0802 D0803 D0805 D0806 D0808 D0809 \
         D0815 D1101 D1102",
    ),
    ("a binary cache says it", "D0811 D0812 D0813 D0814"),
    (
        "it depends on the computer: its packages, processor, kernel or limits",
        "D0511 D0512 D0513 D0528 D0529 D0530 D0713 D0714 D0804 D1180",
    ),
    ("a machine has to run first", "D0540 D0541 D0543 D0712"),
    ("another program says it, which not every computer has", "D0531"),
    ("two commands, or one that was killed, have to meet", "D1183 D1184"),
    ("hundreds of files or events have to be there, or an hour to pass", "D1301 D1302 D2047 D2064"),
    ("its input is a file of two versions of a template", "D1182"),
    ("what is wrong is found before it, and has an example", "D0215 D0302 D0303"),
];
