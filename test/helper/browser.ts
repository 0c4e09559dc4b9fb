import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Debian's program, or another one: `/usr/bin/chromium`. Where there is none, no test of a page is defined, and .ci/run says so. */
export const { CHROMIUM } = process.env;
/** Where pictures go: no folder of the project unless it is named. */
const folder = process.env.SCREENSHOTS ?? join(tmpdir(), 'statsdrain-screenshots');

export const desk = { width: 1280, height: 900 } as const;
export const phone = { width: 390, height: 844 } as const;

export function launchBrowser(program: string): Promise<Browser> {
  // What it would ask of its maker is none of a test's business. The sandbox needs what containers do not give.
  const args = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-lcd-text'];
  return chromium.launch({ executablePath: program, args });
}

export interface OpenPage {
  readonly page: Page;
  /** What went wrong in it: errors, what the policy refused, and dialogs. */
  readonly faults: readonly string[];
}

/** A page with a profile of its own, which is gone when the test ends. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: desk, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on('console', (message) => {
    // A server that is gone is logged by the browser; the page has to say it itself.
    if (message.type() === 'error' && !message.text().includes('net::ERR_')) faults.push(message.text());
  });
  await page.goto(url);
  return { page, faults };
}

export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Pixels by which a page is wider than the window. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth');
}
