/**
 * The first half of the tour: questions to MusicBrainz.
 */

import { q } from 'yore'
import { chapter, step } from './steps.mjs'

export async function musicTour(db) {
  chapter('MusicBrainz, 1968 to 1973')

  await step({
    title: 'A join',
    words:
      'Three patterns that share variables. The order of the clauses does not matter: the planner finds its own.',
    headings: ['release', 'year'],
    run: () =>
      q(
        `[:find ?name ?year
          :in $ ?artist
          :where [?a :artist/name ?artist]
                 [?r :release/artists ?a]
                 [?r :release/name ?name]
                 [?r :release/year ?year]]`,
        db,
        'Pink Floyd',
      ).sort((x, y) => x[1] - y[1] || (x[0] < y[0] ? -1 : 1)),
  })

  await step({
    title: 'What is not there',
    words:
      'How many of the artists are not from Canada? "not" removes what its clauses find. A dot after :find asks for the one value.',
    run: () =>
      q(
        `[:find (count ?a) .
          :where [?a :artist/name]
                 (not [?a :artist/country :country/CA])]`,
        db,
      ),
  })

  await step({
    title: 'Aggregates',
    words:
      'Releases by country and year span. Variables that stand alone in :find make the groups.',
    headings: ['country', 'releases', 'first', 'last'],
    run: () =>
      q(
        `[:find ?country (count ?r) (min ?year) (max ?year)
          :where [?r :release/country ?c]
                 [?c :country/name ?country]
                 [?r :release/year ?year]]`,
        db,
      ).sort((x, y) => y[1] - x[1]),
  })

  await step({
    title: 'Rules, recursive ones too',
    words:
      'Who has made a record together, and who is connected through such records over any number of steps? Only what can be reached from the artist is visited.',
    headings: ['artist in the net'],
    run: () =>
      q(
        `[:find [?name ...]
          :in $ % ?artist
          :where [?a :artist/name ?artist]
                 (net ?a ?b)
                 [?b :artist/name ?name]]`,
        db,
        `[[(collab ?a ?b) [?r :release/artists ?a] [?r :release/artists ?b] [(!= ?a ?b)]]
          [(net ?a ?b) (collab ?a ?b)]
          [(net ?a ?b) (collab ?a ?x) (net ?x ?b)]]`,
        'John Lennon',
      ).sort(),
  })

  await step({
    title: 'Functions and predicates',
    words:
      'Names are Clojure\'s, as in every Datomic document. Text is exact: 1969 is a long, "The" a string.',
    headings: ['loud title', 'year'],
    run: () =>
      q(
        `[:find ?loud ?year
          :where [?a :artist/name "The Beatles"]
                 [?r :release/artists ?a]
                 [?r :release/name ?name]
                 [?r :release/year ?year]
                 [(< ?year 1970)]
                 [(clojure.string/upper-case ?name) ?loud]]`,
        db,
      ).sort((x, y) => x[1] - y[1] || (x[0] < y[0] ? -1 : 1)),
  })

  await step({
    title: 'Pull: a tree in one call',
    words:
      'The pattern has the shape of the answer. :release/_artists goes backwards; [* ...] and limits work too.',
    run: () =>
      db.pull(
        `[:artist/name :artist/startYear {:artist/country [:country/name]}
          {(:release/_artists :limit 3) [:release/name :release/year {:release/labels [:label/name]}]}]`,
        q('[:find ?a . :where [?a :artist/name "The Rolling Stones"]]', db),
      ),
  })
}
