//! Extracts what one command writes to a stream that carries other output too.

/// Collects the text between two marks. Only its beginning, up to a limit, is kept.
#[derive(Debug)]
pub(crate) struct Capture {
    begin: Vec<u8>,
    end: Vec<u8>,
    limit: usize,
    begun: bool,
    /// What has arrived and may be part of a mark.
    pending: Vec<u8>,
    kept: Vec<u8>,
    /// How much of that has been told as news.
    told: usize,
    truncated: bool,
}

impl Capture {
    pub(crate) fn new(begin: String, end: String, limit: usize) -> Self {
        Self {
            begin: begin.into_bytes(),
            end: end.into_bytes(),
            limit,
            begun: false,
            pending: Vec::new(),
            kept: Vec::new(),
            told: 0,
            truncated: false,
        }
    }

    /// Takes what has arrived. Once the end mark is there: what stands after it.
    pub(crate) fn take(&mut self, arrived: &[u8]) -> Option<Vec<u8>> {
        self.pending.extend_from_slice(arrived);
        if !self.begun {
            let Some(at) = find(&self.pending, &self.begin) else {
                self.forget(self.begin.len());
                return None;
            };
            self.pending.drain(..at + self.begin.len());
            self.begun = true;
        }
        if let Some(at) = find(&self.pending, &self.end) {
            let rest = self.pending.split_off(at + self.end.len());
            self.keep(at);
            return Some(rest);
        }
        // What may be the beginning of the end mark waits; the rest is told at once.
        let mut begun = (1..self.end.len()).rev();
        let held = begun.find(|length| self.pending.ends_with(&self.end[..*length]));
        self.keep(self.pending.len() - held.unwrap_or(0));
        None
    }

    /// What was kept since this was asked last.
    pub(crate) fn news(&mut self) -> &[u8] {
        let told = std::mem::replace(&mut self.told, self.kept.len());
        &self.kept[told..]
    }

    /// What was kept, and whether there was more.
    pub(crate) fn finish(self) -> (Vec<u8>, bool) {
        (self.kept, self.truncated)
    }

    fn forget(&mut self, mark: usize) {
        let sure = self.pending.len().saturating_sub(mark - 1);
        self.pending.drain(..sure);
    }

    fn keep(&mut self, sure: usize) {
        let room = self.limit - self.kept.len();
        self.kept.extend_from_slice(&self.pending[..sure.min(room)]);
        self.truncated |= sure > room;
        self.pending.drain(..sure);
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stream: &[u8], kept: &[u8], truncated: bool, rest: &[u8]) {
        for piece in [1, 3, stream.len()] {
            let mut capture = Capture::new("<A>".into(), "</A>".into(), 6);
            let mut pieces = stream.chunks(piece);
            let mut after = pieces.by_ref().find_map(|piece| capture.take(piece)).unwrap();
            let (first, more) = (capture.news().to_vec(), capture.news().to_vec());
            assert_eq!((&*first, &*more), (kept, &b""[..]));
            after.extend(pieces.flatten());
            assert_eq!(capture.finish(), (kept.to_vec(), truncated), "in pieces of {piece}");
            assert_eq!(after, rest);
        }
    }

    #[test]
    fn news_wait_for_nothing_but_what_may_be_the_mark() {
        let mut capture = Capture::new("<A>".into(), "</A>".into(), 99);
        assert_eq!(capture.take(b"<A>now"), None);
        assert_eq!(capture.news(), b"now");
        assert_eq!(capture.take(b" and </"), None);
        assert_eq!(capture.news(), b" and ");
        assert_eq!(capture.take(b"B> then"), None);
        assert_eq!(capture.news(), b"</B> then");
        assert_eq!(capture.take(b"</A>!").as_deref(), Some(&b"!"[..]));
        assert_eq!(capture.news(), b"");
    }

    #[test]
    fn only_what_is_between_the_marks_is_kept_however_it_arrives() {
        check(b"<A></A>", b"", false, b"");
        check(b"of another <A><\0/A\xff</A>7\n", b"<\0/A\xff", false, b"7\n");
        check(b"<A>123456</A>", b"123456", false, b"");
        check(b"<A>1234567</A>", b"123456", true, b"");
        check(b"<A>a mark <A> inside</A>!", b"a mark", true, b"!");
    }
}
