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
  async run(page, index, headers) {
    const tab = page.locator('.graphiql-tab-button').nth(index);
    await tab.click();
    await page.locator('.graphiql-tab-active .graphiql-tab-button', { hasText: await tab.textContent() }).waitFor();
    // Every tab has headers of its own.
    if (headers) await this.fill(page, headers);
    await page.locator('.graphiql-execute-button').click();
    return answer(page, () => page.evaluate(readResponse));
  },
  async stop(page) {
    await page.getByRole('button', { name: /^Stop/ }).click();
    await page.getByRole('button', { name: /^Execute/ }).waitFor();
  },
  async fill(page, headers) {
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    const editor = page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor');
    await editor.click();
    await page.keyboard.press('ControlOrMeta+A');
    // Otherwise the editor would put brackets around what is selected.
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(JSON.stringify(headers));
  },
  /** Fetches the schema once more, now that there are headers. */
  async again(page) {
    await page.getByRole('button', { name: /^Re-fetch/ }).click();
    await page.waitForTimeout(200);
    await this.ready(page);
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
  async run(page, index, headers) {
    await page.locator('#example').selectOption({ index });
    if (headers) await this.fill(page, headers);
    await page.locator('#run').click();
    return answer(page, () => page.locator('#result').textContent());
  },
  async stop(page) {
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Run' }).waitFor();
  },
  async fill(page, headers) {
    await page.locator('details').evaluate((details) => (details.open = true));
    await page.locator('#headers').fill(JSON.stringify(headers));
  },
  again: () => {},
};
