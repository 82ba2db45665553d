// The search of the help site. It answers the theme's messages as the theme's own worker would (0 the index, 1 ready,
// 2 a query, 3 its answer), in a worker or, where pages are read from a folder, in a frame.
//
// A typed word stands for all words that share a key with it: the stem, with and without accents. What shares none may
// be mistyped, or the beginning or a part of a word. Words that say the same (a "group") count as one word more
// wherever one of them stands. A page is worth what its best places are worth, title first, and the more so, the more
// of the query it has.
(() => {
  const LANGUAGE = self.acctLanguage || {};
  const { code = "en", stop = [], groups = [], stemmer = null } = LANGUAGE;

  const FIELDS = { title: 3, synonyms: 2.6, heading: 1.3, tags: 0.8 };
  const LABELS = { title: 4, synonyms: 4, heading: 1 };
  const SAME = 1, STEM = 0.95, GROUP = 0.9, PREFIX = 0.6, LONGER = 0.2, PART = 0.4, BEGUN = 0.35, MISTYPED = [1, 0.7, 0.5];
  const SATURATION = 1.2, PARTLY = 0.3, SHOWN = 0.03, TEASER = 200, MOST_WORDS = 24, MOST_MARKED = 12;

  // ---- Words ---------------------------------------------------------------------------------------------------

  // Scripts that set no blanks between words, or endings to them: they are read in pairs of characters.
  const DENSE = "\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}ー";
  const RUN = new RegExp(`([${DENSE}][${DENSE}\\p{M}]*)|(?:(?![${DENSE}])[\\p{L}\\p{M}\\p{N}])+`, "gu");
  const MARKS = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u0655\u0670]/g;
  const LETTERS = { ß: "ss", ı: "i", ø: "o", æ: "ae", œ: "oe", đ: "d", ð: "d", ł: "l", þ: "th", ħ: "h", ى: "ي", ة: "ه", ς: "σ" };

  const fold = (word) => {
    const plain = word.normalize("NFKD").toLowerCase().normalize("NFKD").replace(MARKS, "").normalize("NFC");
    return plain.replace(/[ßıøæœđðłþħىةς]/g, (letter) => LETTERS[letter]);
  };

  // The words of a text, each with its place. Of a dense run its pairs, and each character too where `single` is said.
  const read = (text, single = false) => {
    const found = [];
    for (const { 0: run, 1: dense, index } of text.matchAll(RUN)) {
      const add = (word, at) => found.push({ word, folded: fold(word), from: index + at, to: index + at + word.length });
      if (!dense) {
        add(run, 0);
        continue;
      }
      let last = "", at = 0;
      for (const character of run) {
        if (last) add(last + character, at - last.length);
        if (single || character === run) add(character, at);
        last = character;
        at += character.length;
      }
    }
    return found;
  };

  const stem = stemmer ? (word) => stemmer.stemWord(word) : (word) => (word.length > 5 ? `${word.slice(0, 5)}*` : word);
  const keysOf = new Map();
  const keys = (word) => {
    if (!keysOf.has(word)) {
      const plain = fold(word), lower = word.toLowerCase();
      const all = new Set([plain]);
      if (!/\d/.test(plain) && plain.length > 2) {
        all.add(fold(stem(lower))).add(fold(stem(plain)));
        // German writes ü as ue where there is no key for it.
        if (code === "de") for (const key of [...all]) all.add(key.replace(/([aou])e/g, "$1"));
      }
      keysOf.set(word, [...all]);
    }
    return keysOf.get(word);
  };

  const isStop = (() => {
    const all = new Set(stop.map(fold));
    return (folded) => all.has(folded) || (folded.length === 1 && !/[\d\p{sc=Han}]/u.test(folded));
  })();

  // How many letters are missing, doubled, other or swapped; more than `most` is told as more.
  const distance = (one, other, most) => {
    let before = [], row = Array.from({ length: other.length + 1 }, (_, at) => at);
    for (let i = 1; i <= one.length; i++) {
      const next = [i];
      let least = i;
      for (let j = 1; j <= other.length; j++) {
        const cost = one[i - 1] === other[j - 1] ? 0 : 1;
        let value = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + cost);
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) value = Math.min(value, before[j - 2] + 1);
        next.push(value);
        least = Math.min(least, value);
      }
      if (least > most) return most + 1;
      before = row;
      row = next;
    }
    return row[other.length];
  };

  // Which letters a word has, so that most words need no closer look.
  const lettersOf = (word) => {
    let bits = 0;
    for (let at = 0; at < word.length; at++) bits |= 1 << (word.charCodeAt(at) & 31);
    return bits;
  };
  const countBits = (bits) => {
    let count = 0;
    for (; bits; bits &= bits - 1) count++;
    return count;
  };

  // ---- Words that say the same -----------------------------------------------------------------------------------

  const entries = new Map(); // The entries of all groups by each key of their first word.
  groups.forEach((group, number) => {
    for (const entry of group) {
      const parts = read(entry).map(({ word }) => keys(word));
      if (!parts.length) continue;
      for (const key of parts[0]) entries.set(key, [...(entries.get(key) || []), { number, parts }]);
    }
  });
  const GROUPED = "\u0001", groupTerm = (number) => GROUPED + number;

  // The groups that have an entry where the text goes on with its words: [[number, how many words]].
  const groupsAt = (sets, at) => {
    const found = [];
    for (const key of sets[at]) {
      for (const { number, parts } of entries.get(key) || []) {
        const fits = parts.every((part, next) => sets[at + next] && part.some((one) => sets[at + next].includes(one)));
        if (fits && !found.some(([other, length]) => other === number && length >= parts.length)) found.push([number, parts.length]);
      }
    }
    return found;
  };

  // ---- The index -------------------------------------------------------------------------------------------------

  const decode = (html) =>
    html
      .replace(/<[^>]+>/g, " ")
      .replace(/&(lt|gt|quot|amp|#39|#x27);/g, (_, name) => ({ lt: "<", gt: ">", quot: '"', amp: "&" })[name] || "'");
  const escape = (text) => text.replace(/[&<>"]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[one]);

  let pages = [], places = new Map(), byKey = new Map(), average = 1;

  const placesOf = (term) => places.get(term) || [];
  const know = (word, folded) => {
    if (places.has(folded)) return;
    places.set(folded, []);
    lookups.push({ folded, bits: lettersOf(folded) });
    for (const key of keys(word)) byKey.set(key, [...(byKey.get(key) || []), folded]);
  };
  let lookups = [];

  const put = (term, doc, field, words = 1) => {
    const all = places.get(term) || [];
    if (!all.length) places.set(term, all);
    let last = all[all.length - 1];
    if (!last || last.doc !== doc) all.push((last = { doc, title: 0, heading: 0, synonyms: 0, tags: 0, text: 0 }));
    last[field] += words;
  };

  // The words of a text are put into the index. Returns them with the groups that begin at each.
  const take = (text, doc, field) => {
    const found = read(text, true), sets = found.map(({ word }) => keys(word));
    found.forEach(({ word, folded }, at) => {
      know(word, folded);
      put(folded, doc, field);
      for (const [number, length] of groupsAt(sets, at)) {
        put(groupTerm(number), doc, field);
        for (let next = at; next < at + length; next++) (found[next].groups ||= []).push(number);
      }
    });
    return found;
  };

  const label = (kind, found) => {
    const said = found.filter(({ folded }) => !isStop(folded));
    return { kind, words: (said.length ? said : found).map(({ folded, groups: all = [] }) => ({ folded, terms: all.map(groupTerm) })) };
  };

  const setUp = ({ docs }) => {
    pages = [];
    places = new Map();
    byKey = new Map();
    lookups = [];
    for (const group of groups) for (const entry of group) for (const { word, folded } of read(entry)) know(word, folded);
    const byAddress = new Map();
    for (const one of docs) {
      const address = one.location.split("#")[0];
      if (!byAddress.has(address)) {
        byAddress.set(address, { number: pages.length, docs: [], labels: [], length: 0, boost: one.boost || 1 });
        pages.push(byAddress.get(address));
      }
      const page = byAddress.get(address), isTop = !one.location.includes("#");
      const doc = { page, one, isTop, title: decode(one.title), text: decode(one.text).replace(/\s+/g, " ").trim() };
      page.docs.push(doc);
      const field = isTop ? "title" : "heading";
      doc.inTitle = take(doc.title, doc, field);
      doc.inText = take(doc.text, doc, "text");
      page.labels.push(label(field, doc.inTitle));
      page.length += doc.inText.length;
      for (const tag of one.tags || []) take(decode(tag), doc, "tags");
      for (const phrase of one.synonyms || []) page.labels.push(label("synonyms", take(phrase, doc, "synonyms")));
    }
    for (const page of pages) for (const { words } of page.labels) for (const word of words) word.rare = rarity(placesOf(word.folded));
    average = pages.reduce((sum, page) => sum + page.length, 0) / (pages.length || 1) || 1;
  };

  // ---- A query ---------------------------------------------------------------------------------------------------

  const nearby = (folded, most, isBegun) => {
    const bits = lettersOf(folded);
    let best = most, found = [];
    for (const { folded: other, bits: others } of lookups) {
      if (other.length < folded.length - best || (!isBegun && (other.length > folded.length + best || countBits(bits ^ others) > 2 * best))) continue;
      const ends = isBegun ? [-1, 0, 1].map((more) => other.slice(0, folded.length + more)) : [other];
      const far = Math.min(...ends.map((end) => distance(folded, end, best)));
      if (far > best) continue;
      if (far < best) found = [];
      best = far;
      found.push(other);
    }
    return [best, found];
  };

  // The words of the site that a typed one stands for: Map { word: how surely }.
  const resolve = ({ word, folded }, isLast) => {
    const found = new Map();
    const add = (other, weight) => found.set(other, Math.max(weight, found.get(other) || 0));
    for (const key of keys(word)) for (const other of byKey.get(key) || []) add(other, other === folded ? SAME : STEM);
    const isKnown = found.size > 0, size = folded.length;
    const longer = size >= (isLast ? 2 : 4) ? lookups.filter(({ folded: other }) => other !== folded && other.startsWith(folded)) : [];
    if (isKnown) {
      if (isLast && size > 2) for (const { folded: other } of longer) add(other, LONGER);
      return found;
    }
    for (const { folded: other } of longer) add(other, PREFIX);
    const most = size < 4 ? 0 : size < 8 ? 1 : 2;
    if (most && !(isLast && found.size)) {
      const [far, near] = nearby(folded, most, false);
      for (const other of near) add(other, MISTYPED[far]);
    }
    if (!found.size && size > 3) for (const { folded: other } of lookups) if (other.includes(folded)) add(other, PART);
    const alike = Math.max(5, Math.ceil(size * 0.6));
    if (!found.size && size >= alike) for (const { folded: other } of lookups) if (other.startsWith(folded.slice(0, alike))) add(other, PART);
    if (!found.size && size > 3 && isLast) for (const other of nearby(folded, 1, true)[1]) add(other, BEGUN);
    return found;
  };

  // What a query asks for, one by one: words, or several of them that only together say something.
  const clausesOf = (query) => {
    const typed = read(query).slice(0, MOST_WORDS), isOpen = !/[\s\p{P}]$/u.test(query);
    const known = typed.map((one, at) => resolve(one, isOpen && at === typed.length - 1));
    const sets = typed.map(({ word }, at) => {
      const sure = [...known[at]].filter(([, weight]) => weight >= MISTYPED[2]).map(([other]) => other);
      return [...new Set([...keys(word), ...sure.flatMap((other) => keys(other))])];
    });
    const all = [];
    for (let at = 0; at < typed.length; ) {
      const groups = groupsAt(sets, at);
      const length = Math.max(1, ...groups.map(([, words]) => words));
      const terms = new Map(length === 1 ? known[at] : []);
      const sureness = Math.max(0, ...known[at].values());
      for (const [number, words] of groups) if (words === length) terms.set(groupTerm(number), GROUP * (length > 1 ? 1 : sureness || 1));
      const parts = typed.slice(at, at + length);
      all.push({ typed: parts, terms, inner: length > 1 ? known.slice(at, at + length) : [], isStop: length === 1 && !groups.length && isStop(typed[at].folded) });
      at += length;
    }
    // Two words that are one, "pass word".
    for (let at = 0; at + 1 < all.length; at++) {
      const [one, other] = [all[at], all[at + 1]];
      const joined = [...one.typed, ...other.typed].map(({ word }) => word).join("");
      if (one.typed.length + other.typed.length === 2 && joined.length > 4 && places.has(fold(joined)) && (one.isStop || other.isStop || !one.terms.size || !other.terms.size)) {
        const whole = { word: joined, folded: fold(joined) };
        all.splice(at, 2, { typed: [...one.typed, ...other.typed], terms: resolve(whole, false), inner: [], isStop: false });
      }
    }
    const said = all.filter((clause) => !clause.isStop);
    return said.length ? said : all;
  };

  const rarity = (docs) => {
    const count = new Set(docs.map(({ doc }) => doc.page)).size;
    return count ? Math.log(1 + (pages.length - count + 0.5) / (count + 0.5)) + 0.6 : 0;
  };

  const saturate = (times, length) => times / (times + SATURATION * (0.25 + (0.75 * length) / average));

  // What one clause is worth on each page: Map { page: { worth, docs: Map { doc: worth }, found: Set of words } }.
  const weigh = (clause) => {
    const exact = [...clause.terms].filter(([term]) => !term.startsWith(GROUPED));
    const classes = [exact, ...[...clause.terms].filter(([term]) => term.startsWith(GROUPED)).map((one) => [one])];
    const pagesOf = new Map();
    clause.mass = 0;
    for (const terms of classes) {
      const there = terms.flatMap(([term, weight]) => placesOf(term).map((place) => ({ place, term, weight })));
      if (!there.length) continue;
      const rare = rarity(there.filter(({ weight }) => weight > LONGER).map(({ place }) => place)) || rarity(there.map(({ place }) => place));
      clause.mass = Math.max(clause.mass, rare * Math.max(...terms.map(([, weight]) => weight)));
      const here = new Map();
      for (const { place, term, weight } of there) {
        const page = place.doc.page;
        if (!here.has(page)) here.set(page, { best: {}, text: 0, docs: new Map(), terms: new Set() });
        const sum = here.get(page);
        for (const field of Object.keys(FIELDS)) if (place[field]) sum.best[field] = Math.max(sum.best[field] || 0, weight);
        sum.text += weight * place.text;
        const inDoc = weight * ((place.title || place.heading ? 2 : 0) + place.text / (place.text + 1) + (place.synonyms || place.tags ? 0.3 : 0));
        sum.docs.set(place.doc, (sum.docs.get(place.doc) || 0) + inDoc * rare);
        sum.terms.add(term);
      }
      for (const [page, { best, text, docs, terms: met }] of here) {
        let worth = saturate(text, page.length);
        for (const field of Object.keys(best)) worth += FIELDS[field] * best[field];
        const before = pagesOf.get(page);
        const now = { worth: worth * rare, docs, met };
        if (!before) pagesOf.set(page, now);
        else {
          for (const term of met) before.met.add(term);
          if (now.worth > before.worth) Object.assign(before, { worth: now.worth, docs });
        }
      }
    }
    return pagesOf;
  };

  // Which clauses ask for a term, and how surely: Map { term: [[clause, weight]] }.
  const asking = (clauses) => {
    const all = new Map();
    clauses.forEach((clause, at) => {
      for (const [term, weight] of clause.terms) {
        if (!all.has(term)) all.set(term, []);
        all.get(term).push([at, weight]);
      }
    });
    return all;
  };

  // How much of a label the query says, and how much of the query the label.
  const likeness = (words, clauses, asked, total) => {
    let said = 0, all = 0, mass = 0, used = 0;
    for (const { folded, terms, rare } of words) {
      all += rare;
      let best = 0;
      for (const term of [folded, ...terms]) {
        for (const [at, weight] of asked.get(term) || []) {
          if (weight > LONGER && !(used & (1 << at))) [used, mass] = [used | (1 << at), mass + clauses[at].mass];
          best = Math.max(best, weight);
        }
      }
      said += rare * best;
    }
    return said ? (mass / total) * (said / all) ** 2 * (said / all > 0.99 ? 1.15 : 1) : 0;
  };

  const search = (query) => {
    const clauses = clausesOf(query), weighed = clauses.map(weigh);
    const total = clauses.reduce((sum, { mass }) => sum + mass, 0) || 1, asked = asking(clauses);
    const found = [];
    for (const page of pages) {
      let worth = 0, mass = 0;
      const docs = new Map(), met = new Set();
      weighed.forEach((pagesOf, at) => {
        const here = pagesOf.get(page);
        if (!here) return;
        worth += here.worth;
        mass += clauses[at].mass;
        for (const [doc, value] of here.docs) docs.set(doc, (docs.get(doc) || 0) + value);
        for (const term of here.met) met.add(term);
      });
      if (!worth) continue;
      const share = mass / total;
      let like = {};
      for (const { kind, words } of page.labels) like[kind] = Math.max(like[kind] || 0, likeness(words, clauses, asked, total));
      const bonus = Object.entries(LABELS).reduce((sum, [kind, weight]) => sum + weight * (like[kind] || 0), 0);
      const score = (worth * (PARTLY + (1 - PARTLY) * share ** 2) + bonus * total) * page.boost;
      const lacks = clauses.filter((clause, at) => clause.mass && !weighed[at].has(page)).flatMap(({ typed }) => typed.map(({ word }) => word));
      found.push({ page, score, docs, met, lacks });
    }
    const best = Math.max(0, ...found.map(({ score }) => score));
    const listed = found.filter(({ score, lacks }) => !lacks.length || score >= best * SHOWN);
    // Of two words either may be meant by itself, but whoever types two wants both.
    if (clauses.length === 2) for (const one of listed) if (!one.lacks.length) one.score += best;
    return listed.sort((one, other) => other.score - one.score || one.page.number - other.page.number);
  };

  // ---- The answer ------------------------------------------------------------------------------------------------

  const marked = (text, found, isMet, from = 0, to = text.length) => {
    let out = "", end = from;
    for (const word of found) {
      if (word.from < end || word.to > to || !isMet(word.folded)) continue;
      out += `${escape(text.slice(end, word.from))}<mark>${escape(text.slice(word.from, word.to))}</mark>`;
      end = word.to;
    }
    return (out + escape(text.slice(end, to))).replace(/<\/mark><mark>/g, "");
  };

  // The part of a text with most of what was asked for.
  const teaser = (text, found, isMet) => {
    if (text.length <= TEASER) return marked(text, found, isMet);
    const met = found.filter(({ folded }) => isMet(folded));
    let best = 0, most = 0;
    met.forEach(({ from }, at) => {
      const here = new Set();
      for (let next = at; next < met.length && met[next].to <= from + TEASER - 40; next++) here.add(met[next].folded);
      if (here.size > most) [best, most] = [from, here.size];
    });
    let start = best > 40 ? text.lastIndexOf(" ", best - 30) + 1 : 0;
    if (best - start > 80) start = best;
    let end = Math.min(text.length, start + TEASER);
    if (end < text.length) end = Math.max(text.lastIndexOf(" ", end), start + TEASER / 2);
    return `${start ? "… " : ""}${marked(text, found, isMet, start, end)}${end < text.length ? " …" : ""}`;
  };

  // The words of the site that say by themselves what a group does.
  const saying = new Map();
  const wordsOf = (term) => {
    if (!term.startsWith(GROUPED)) return [term];
    if (!saying.has(term)) {
      const said = groups[Number(term.slice(1))].map((entry) => read(entry)).filter(({ length }) => length === 1).flat();
      saying.set(term, [...new Set(said.flatMap(({ word }) => keys(word)).flatMap((key) => byKey.get(key) || []))]);
    }
    return saying.get(term);
  };

  // What the theme shows of a page: its sections with what was asked for, the best first.
  const shown = ({ page, score, docs, met, lacks }) => {
    const sought = new Set([...met].flatMap(wordsOf)), isMet = (folded) => sought.has(folded);
    const terms = {}, most = Math.max(Number.MIN_VALUE, ...docs.values());
    const seen = new Set();
    for (const { inTitle, inText } of page.docs) {
      for (const found of [inTitle, inText]) {
        for (const { word, folded } of found) if (seen.size < MOST_MARKED && isMet(folded)) seen.add(word.toLowerCase());
      }
    }
    for (const word of seen) terms[word] = true;
    for (const word of lacks) terms[word.toLowerCase()] = false;
    const listed = page.docs.filter((doc) => doc.isTop || docs.has(doc)).map((doc) => ({
      location: doc.one.location,
      title: marked(doc.title, doc.inTitle, isMet),
      text: teaser(doc.text, doc.inText, isMet),
      ...(doc.one.tags ? { tags: doc.one.tags } : {}),
      score: doc.isTop ? score : (score * 0.99 * (docs.get(doc) || 0)) / most,
      terms,
    }));
    return listed.sort((one, other) => other.score - one.score);
  };

  const answer = (query) => ({ items: search(query).map(shown), suggest: complete(query) });

  // The word that is begun, as titles, headings and other words for pages have it.
  const complete = (query) => {
    const words = query.split(/[\s-]+/), begun = words[words.length - 1], folded = fold(begun);
    if (folded.length < 2) return [];
    let best = "", most = 0;
    for (const { folded: other } of lookups) {
      if (other === folded || !other.startsWith(folded) || other.length === folded.length) continue;
      const worth = placesOf(other).reduce((sum, place) => sum + 4 * place.title + 2 * place.synonyms + place.heading, 0);
      if (worth > most) [best, most] = [other, worth];
    }
    return best ? [...words.slice(0, -1), begun + best.slice(folded.length)] : [];
  };

  self.addEventListener("message", ({ data: message }) => {
    if (!message) return;
    if (message.type === 0) {
      saying.clear();
      setUp(message.data);
      self.postMessage({ type: 1 });
    } else if (message.type === 2) {
      const query = String(message.data).trimStart();
      self.postMessage({ type: 3, data: query.trim() ? answer(query) : { items: [] } });
    }
  });
})();
