use std::io::{self, IsTerminal, Write};

use domi_event::Event;
use domi_report::{Recorded, Talk, Terminal};

use crate::context::Context;
use crate::failure::Result;
use crate::github;

/// A run, shown as its events come.
pub(crate) struct Shown<'a> {
    terminal: Option<Terminal<'a>>,
    recorded: Recorded,
    /// The first failure to write; a reader that is gone stops no test.
    failure: Option<io::Error>,
}

impl Shown<'_> {
    /// On standard output: for a person, or as JSON lines.
    pub(crate) fn new(context: &Context, json: bool) -> Self {
        let terminal = (!json).then(|| {
            let paint = context.paint_out();
            let talk = if io::stderr().is_terminal() {
                Talk::Progress(indicatif::MultiProgress::new())
            } else {
                Talk::Lines(Box::new(io::stderr()))
            };
            let terminal = Terminal::new(io::stdout(), paint, talk);
            let terminal = terminal.in_full(context.global.verbose > 0);
            if github::is_here() { terminal.in_github_log() } else { terminal }
        });
        Self { terminal, recorded: Recorded::default(), failure: None }
    }

    pub(crate) fn see(&mut self, event: &Event) {
        self.recorded.add(event);
        let shown = match &mut self.terminal {
            Some(terminal) => terminal.event(event),
            None => writeln!(io::stdout(), "{}", event.to_line()),
        };
        if let Err(error) = shown {
            self.failure.get_or_insert(error);
        }
    }

    /// What was recorded, and whether it could be shown.
    pub(crate) fn finish(mut self) -> (Recorded, Result<()>) {
        if let Some(Err(error)) = self.terminal.as_mut().map(Terminal::finish) {
            self.failure.get_or_insert(error);
        }
        (self.recorded, crate::out::written(self.failure.map_or(Ok(()), Err)))
    }
}
