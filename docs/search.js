// What the search of the site finds first: pages for users, then those for developers, decisions last. In each of these a
// heading comes before a text. The other values are those of Sphinx (searchtools.js), which takes all of them from here.
const USERS = /^(README|docs\/(guide\/(?!zh\/)|(command-line|python|recipes|export|compare|descriptions|discover|search|together|index)$))/;
const LAST = /^(docs\/(adr|guide\/zh)\/|CHANGELOG$)/;

var Scorer = {
  score: ([page, , , , score, , kind]) =>
    score + (USERS.test(page) ? 100 : LAST.test(page) ? -100 : 0) + (kind === "title" ? 5 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
