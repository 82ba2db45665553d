// Asks the search of the help site, without its pages. Returns for each query what the theme would be told, and how
// many milliseconds that took; the first time is that of making the index.
(script, index, queries) => {
  const now = () => performance.now();
  let listener, said;
  const self = { addEventListener: (_, one) => (listener = one), postMessage: (message) => (said = message) };
  new Function("self", script)(self);
  const tell = (message) => {
    const begun = now();
    listener({ data: message });
    return [said.data, now() - begun];
  };
  const [, made] = tell({ type: 0, data: index });
  const told = queries.map((query) => tell({ type: 2, data: query }));
  return { made, answers: told.map(([answer]) => answer), times: told.map(([, time]) => time) };
}
