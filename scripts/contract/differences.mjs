// How two places that must say the same are compared.

/** What differs, told in sentences that name it and both places. */
export class Differences {
  sentences = [];

  /** One that is told in the check's own words. */
  note(sentence) {
    this.sentences.push(sentence);
  }

  /** @param {Iterable<string>} some what must all be in `others` */
  within(some, place, others, elsewhere) {
    const known = new Set(others);
    for (const name of new Set(some)) {
      if (!known.has(name)) this.note(`${name} is in ${place} but not in ${elsewhere}`);
    }
  }

  /** Two sets of names. */
  same(one, place, other, elsewhere) {
    const [some, others] = [[...one], [...other]];
    this.within(some, place, others, elsewhere);
    this.within(others, elsewhere, some, place);
  }

  /** Two values of one name. */
  equal(name, one, place, other, elsewhere) {
    const [is, was] = [one, other].map((value) => JSON.stringify(value));
    if (is !== was) this.note(`${name} is ${is} in ${place} but ${was} in ${elsewhere}`);
  }

  /** A text that must say something. */
  says(name, text, wanted, place) {
    if (!text.replace(/\s+(\*\s)?/g, ' ').includes(wanted)) {
      this.note(`${name}: ${place} does not say "${wanted}"`);
    }
  }
}
