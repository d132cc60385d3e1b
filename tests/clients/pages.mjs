// How to find one's way on either page: wait for it, list its examples, run one, stop it.

/** Waits until the text that `read` gives is a whole JSON answer, and returns it. */
async function answer(page, read) {
  for (;;) {
    const text = await read();
    try {
      const value = JSON.parse(text);
      if (value && typeof value === 'object') return value;
    } catch {
      // Nothing yet, or a message for people while the operation runs.
    }
    await page.waitForTimeout(50);
  }
}

/** GraphiQL. */
export const fullPage = {
  async ready(page) {
    const editor = page.locator('.graphiql-query-editor .monaco-editor').first();
    const small = page.locator('#example');
    await editor.or(small).waitFor();
    if (await small.isVisible()) throw new Error('this is the small page, built without npm');
    // The tabs may be run as soon as the schema has been fetched and the spinner is gone.
    await page.locator('.graphiql-container .graphiql-spinner').waitFor({ state: 'detached' });
  },
  examples: (page) => page.locator('.graphiql-tab-button').allTextContents(),
  async run(page, index) {
    const tab = page.locator('.graphiql-tab-button').nth(index);
    await tab.click();
    await page.locator('.graphiql-tab-active .graphiql-tab-button', { hasText: await tab.textContent() }).waitFor();
    await page.locator('.graphiql-execute-button').click();
    return answer(page, () => page.evaluate(readResponse));
  },
  async stop(page) {
    await page.getByRole('button', { name: /^Stop/ }).click();
    await page.getByRole('button', { name: /^Execute/ }).waitFor();
  },
};

// The editor draws only the lines in view, so the whole text comes from its model.
function readResponse() {
  const models = globalThis.__MONACO.editor.getModels();
  return models.find((model) => model.uri.path.endsWith('response.json')).getValue();
}

/** The page without a build step. */
export const smallPage = {
  ready: (page) => page.locator('#example option').nth(3).waitFor({ state: 'attached' }),
  examples: (page) => page.locator('#example option').allTextContents(),
  async run(page, index) {
    await page.locator('#example').selectOption({ index });
    await page.locator('#run').click();
    return answer(page, () => page.locator('#result').textContent());
  },
  async stop(page) {
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Run' }).waitFor();
  },
};
