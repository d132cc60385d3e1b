const texts = import.meta.glob('../examples/*', { query: '?raw', import: 'default', eager: true });

/** The example operations in the order of their file names, each with the variables of its neighbour file. */
export const examples = Object.keys(texts)
  .filter((path) => path.endsWith('.graphql'))
  .sort()
  .map((path) => ({
    query: texts[path].trimEnd(),
    variables: texts[path.replace(/graphql$/, 'json')]?.trimEnd(),
  }));
