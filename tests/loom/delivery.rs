//! Mailboxes and their ready list in every order in which threads may take their steps, up to a number
//! of preemptions: nothing is lost, nothing overtakes, nobody sleeps for ever.
//!
//! A thread that nobody wakes is a deadlock, and loom fails the run in which it happens.

#[allow(dead_code, reason = "the tests of the mailbox use more of it")]
#[path = "../delivery/harness.rs"]
mod harness;

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use harness::{Broadcast, Received, TryPush, data, event, mailbox, notice, pack, shared};
use loom::future::block_on;
use loom::sync::Notify;
use loom::thread::{self, JoinHandle};
use perennial_sse::delivery::{Demand, Drained, Limits, Mailbox, ReadyList};
use perennial_sse::record::{Queue, Record};

/// How often a thread may be stopped where it does not wait anyway. Nearly all mistakes show with
/// two; each one more multiplies the runs.
const PREEMPTIONS: usize = 3;

/// What every batch has room for unless a model says otherwise.
const ROOMY: Batch = Batch { words: 64, units: 64 };
/// Room for one record with one field of two characters.
const TIGHT: Batch = Batch { words: 4, units: 1 };

#[derive(Clone, Copy)]
struct Batch {
    words: usize,
    units: usize,
}

fn explore(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(model);
}

/// The consumer's side, as JavaScript plays it: sleeps until it is notified, then drains until the
/// ready list says that nothing is left.
struct Desk {
    ready_list: Arc<ReadyList>,
    notifier: Arc<Notify>,
    wakeups: Arc<AtomicUsize>,
    drains: usize,
    batch: Batch,
}

impl Desk {
    fn new(batch: Batch) -> Self {
        let notifier = Arc::new(Notify::new());
        // Only counts, so it needs no model.
        let wakeups = Arc::new(AtomicUsize::new(0));
        let ready_list = ReadyList::new({
            let (notifier, wakeups) = (Arc::clone(&notifier), Arc::clone(&wakeups));
            move || {
                wakeups.fetch_add(1, SeqCst);
                notifier.notify();
            }
        });
        Self { ready_list, notifier, wakeups, drains: 0, batch }
    }

    fn mailbox(&self, number: u32, places: usize) -> Arc<Mailbox> {
        mailbox(number, places, &self.ready_list)
    }

    /// Takes what there is, without waiting for the notifier.
    fn turn(&mut self) -> Vec<(u32, Received)> {
        let mut records = Vec::new();
        let mut batch = self.batch;
        loop {
            let packed = pack(&self.ready_list, batch.words, batch.units);
            self.drains += 1;
            records.extend(packed.records());
            match packed.drained {
                Drained::All => return records,
                Drained::More => {}
                Drained::TooSmall(bytes) => {
                    assert!(bytes > batch.units * 2, "{bytes} bytes fit");
                    batch.units = bytes.div_ceil(2);
                }
            }
        }
    }

    /// Takes records, asking for more after each turn, until it has so many.
    fn collect(
        &mut self,
        count: usize,
        boxes: &[&Arc<Mailbox>],
        demand: Demand,
    ) -> Vec<(u32, Received)> {
        let mut records = Vec::new();
        while records.len() < count {
            self.notifier.wait();
            records.extend(self.turn());
            for mailbox in boxes {
                mailbox.ask(demand);
            }
        }
        records
    }

    /// Everything was taken, and no wake-up was in vain.
    fn close(mut self) {
        assert_eq!(self.turn(), []);
        let wakeups = self.wakeups.load(SeqCst);
        assert!(wakeups <= self.drains + 1, "{wakeups} wakeups for {} drains", self.drains);
    }
}

/// Pushes one record; waits while there is no room.
fn put(mailbox: &Arc<Mailbox>, record: &Record<'_>) {
    while !mailbox.try_push(record) {
        block_on(poll_fn(|cx| mailbox.poll_room(record.cost(), cx)));
    }
}

fn produce(mailbox: &Arc<Mailbox>, texts: &'static [&'static str]) -> JoinHandle<()> {
    let mailbox = Arc::clone(mailbox);
    thread::spawn(move || {
        for text in texts {
            put(&mailbox, &data(text));
        }
    })
}

/// Pushes as many records at a time as fit, which is what the engine does.
fn produce_runs(mailbox: &Arc<Mailbox>, texts: &'static [&'static str]) -> JoinHandle<()> {
    let mailbox = Arc::clone(mailbox);
    thread::spawn(move || {
        let mut buffer = Queue::default();
        let mut room = mailbox.room();
        for record in texts.iter().map(|text| data(text)) {
            if !room.fits(&buffer, record.cost()) {
                mailbox.push(&mut buffer);
                block_on(poll_fn(|cx| mailbox.poll_room(record.cost(), cx)));
                room = mailbox.room();
            }
            assert!(room.fits(&buffer, record.cost()), "woken without room");
            buffer.push(&record);
        }
        mailbox.push(&mut buffer);
    })
}

fn join(producers: impl IntoIterator<Item = JoinHandle<()>>) {
    for producer in producers {
        producer.join().expect("a producer that does not panic");
    }
}

/// The events of one mailbox, in the order in which they came.
fn of(number: u32, records: &[(u32, Received)]) -> Vec<Received> {
    records.iter().filter(|(from, _)| *from == number).map(|(_, record)| record.clone()).collect()
}

#[test]
fn what_comes_during_a_drain_is_not_forgotten() {
    explore(|| {
        let mut desk = Desk::new(ROOMY);
        let (one, two) = (desk.mailbox(1, 8), desk.mailbox(2, 8));
        one.ask(Demand::Flow);
        two.ask(Demand::Flow);
        let producers = [produce(&one, &["a1", "a2"]), produce(&two, &["b1"])];
        let records = desk.collect(3, &[], Demand::Flow);
        assert_eq!(of(1, &records), [event("a1"), event("a2")]);
        assert_eq!(of(2, &records), [event("b1")]);
        join(producers);
        desk.close();
    });
}

#[test]
fn one_wake_up_is_for_all() {
    explore(|| {
        let mut desk = Desk::new(ROOMY);
        let (one, two) = (desk.mailbox(1, 8), desk.mailbox(2, 8));
        one.ask(Demand::Flow);
        two.ask(Demand::Flow);
        join([produce(&one, &["a1", "a2"]), produce(&two, &["b1"])]);
        assert_eq!(desk.wakeups.load(SeqCst), 1);
        assert_eq!(desk.turn().len(), 3);
    });
}

#[test]
fn what_a_full_batch_leaves_is_drained_next() {
    explore(|| {
        let mut desk = Desk::new(TIGHT);
        let (one, two) = (desk.mailbox(1, 8), desk.mailbox(2, 8));
        one.ask(Demand::Flow);
        two.ask(Demand::Flow);
        let producers = [produce(&one, &["a1", "long"]), produce(&two, &["b1"])];
        let records = desk.collect(3, &[], Demand::Flow);
        assert_eq!(of(1, &records), [event("a1"), event("long")]);
        assert_eq!(of(2, &records), [event("b1")]);
        join(producers);
        desk.close();
    });
}

#[test]
fn who_asks_while_something_is_pushed_gets_it() {
    explore(|| {
        let mut desk = Desk::new(TIGHT);
        let mailbox = desk.mailbox(1, 8);
        let producer = produce(&mailbox, &["a1", "a2", "a3"]);
        mailbox.ask(Demand::Once);
        let records = desk.collect(3, &[&mailbox], Demand::Once);
        assert_eq!(of(1, &records), [event("a1"), event("a2"), event("a3")]);
        join([producer]);
        desk.close();
    });
}

#[test]
fn who_stops_asking_and_asks_again_misses_nothing() {
    explore(|| {
        let mut desk = Desk::new(ROOMY);
        let mailbox = desk.mailbox(1, 8);
        let producer = produce(&mailbox, &["a1", "a2"]);
        mailbox.ask(Demand::Flow);
        mailbox.ask(Demand::Off);
        // What the wake-up that came meanwhile promised may no longer be wanted.
        let mut records = desk.turn();
        mailbox.ask(Demand::Flow);
        records.extend(desk.collect(2 - records.len(), &[], Demand::Flow));
        assert_eq!(of(1, &records), [event("a1"), event("a2")]);
        join([producer]);
        desk.close();
    });
}

#[test]
fn a_producer_without_room_is_woken() {
    for (places, demand) in [(1, Demand::Once), (1, Demand::Flow), (2, Demand::Once)] {
        explore(move || {
            let mut desk = Desk::new(ROOMY);
            let mailbox = desk.mailbox(1, places);
            mailbox.ask(demand);
            let producer = produce(&mailbox, &["a1", "a2", "a3"]);
            let records = desk.collect(3, &[&mailbox], demand);
            assert_eq!(of(1, &records), ["a1", "a2", "a3"].map(event));
            join([producer]);
            desk.close();
        });
    }
}

#[test]
fn runs_arrive_whole_and_in_order() {
    for demand in [Demand::Once, Demand::Flow] {
        explore(move || {
            let mut desk = Desk::new(ROOMY);
            let mailbox = desk.mailbox(1, 2);
            mailbox.ask(demand);
            let producer = produce_runs(&mailbox, &["a1", "a2", "a3", "a4", "a5"]);
            let records = desk.collect(5, &[&mailbox], demand);
            assert_eq!(of(1, &records), ["a1", "a2", "a3", "a4", "a5"].map(event));
            join([producer]);
            desk.close();
        });
    }
}

#[test]
fn a_bound_of_bytes_wakes_its_producer_too() {
    explore(|| {
        let mut desk = Desk::new(ROOMY);
        let limits = Limits { events: 8, bytes: 6 };
        let mailbox = Mailbox::new(1, limits, &desk.ready_list);
        mailbox.ask(Demand::Once);
        let producer = produce(&mailbox, &["a1", "longer than all", "a3", "a4"]);
        let records = desk.collect(4, &[&mailbox], Demand::Once);
        assert_eq!(of(1, &records), ["a1", "longer than all", "a3", "a4"].map(event));
        join([producer]);
        desk.close();
    });
}

#[test]
fn closing_wakes_a_producer_and_refuses_the_rest() {
    explore(|| {
        let mut desk = Desk::new(ROOMY);
        let mailbox = desk.mailbox(1, 1);
        let producer = produce(&mailbox, &["a1", "a2", "a3"]);
        mailbox.ask(Demand::Once);
        let taken = of(1, &desk.turn());
        mailbox.close();
        join([producer]);
        assert!(["a1", "a2", "a3"].map(event).starts_with(&taken), "{taken:?}");
        desk.close();
    });
}

#[test]
fn notices_keep_their_place_and_urgent_ones_do_not() {
    explore(|| {
        let mut desk = Desk::new(ROOMY);
        let mailbox = desk.mailbox(1, 1);
        let producer = thread::spawn({
            let mailbox = Arc::clone(&mailbox);
            move || {
                mailbox.notify("open");
                put(&mailbox, &data("a1"));
                mailbox.notify("end");
                mailbox.notify_urgently("question");
            }
        });
        // Nobody asks, yet both notices that stand behind no event come.
        let mut records = desk.collect(2, &[], Demand::Off);
        mailbox.ask(Demand::Once);
        records.extend(desk.collect(2, &[], Demand::Off));
        let records = of(1, &records);
        let place = |record| records.iter().position(|other| *other == record);
        assert!(place(notice("open")) < place(event("a1")), "{records:?}");
        assert!(place(event("a1")) < place(notice("end")), "{records:?}");
        assert!(place(notice("question")) < place(event("a1")), "{records:?}");
        join([producer]);
        desk.close();
    });
}

#[test]
fn what_is_no_mailbox_shares_the_list_with_one() {
    explore(|| {
        // Room for one event, or for two receivers of a payload.
        let mut desk = Desk::new(TIGHT);
        let mailbox = desk.mailbox(1, 2);
        mailbox.ask(Demand::Flow);
        let producer = produce(&mailbox, &["a1", "a2"]);
        let broadcaster = thread::spawn({
            let ready_list = Arc::clone(&desk.ready_list);
            move || ready_list.enlist(Broadcast::new("b", &[2, 3, 4]))
        });
        let records = desk.collect(5, &[], Demand::Off);
        assert_eq!(of(1, &records), ["a1", "a2"].map(event));
        for number in 2..=4 {
            assert_eq!(of(number, &records), [shared("b", None)]);
        }
        join([producer, broadcaster]);
        desk.close();
    });
}
