/** What is measured inside the chat page: the time between two frames, and the time until a stored chat stands there. */
import type { Page } from "../../../test/e2e/pages/support/browser.ts";
import { chatFile, lastIdOf } from "./longChat.ts";

/** From the press on the chat's title to the frame that has its last message. */
const OPEN = `(title, lastId) => new Promise((resolve) => {
  const list = document.getElementById("messages");
  const observer = new MutationObserver(() => {
    if (list.lastElementChild?.dataset.id !== lastId) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - from), 0));
  });
  observer.observe(list, { childList: true });
  const from = performance.now();
  document.querySelector("#chats [data-title='" + title + "'] .chat-title").click();
})`;

/** Asks, and gives the times between each two frames from the first token to the last. */
const ANSWER = `() => new Promise((resolve) => {
  const list = document.getElementById("messages");
  const frames = [];
  let running = null;
  let last = null;
  const frame = (now) => {
    if (last !== null) frames.push(now - last);
    if (running.isConnected) {
      last = running.querySelector(".meta").textContent.includes("tokens") ? now : null;
      requestAnimationFrame(frame);
    } else {
      resolve(frames);
    }
  };
  const observer = new MutationObserver(() => {
    if (!list.lastElementChild.matches(".running")) return;
    observer.disconnect();
    running = list.lastElementChild;
    requestAnimationFrame(frame);
  });
  observer.observe(list, { childList: true });
  document.getElementById("input").value = "One more";
  document.getElementById("composer").requestSubmit();
})`;

/** Stores a chat of so many messages and opens it; milliseconds. */
export async function openStoredChat(page: Page, messages: number): Promise<number> {
  const title = `Chat of ${messages}`;
  const file = chatFile(title, messages);
  await page.setInputFiles("#import-file", { name: "x.json", mimeType: "application/json", buffer: Buffer.from(file) });
  await page.locator(`#chats [data-title="${title}"]`).waitFor();
  return (await page.evaluate(`(${OPEN})(${JSON.stringify(title)}, ${JSON.stringify(lastIdOf(messages))})`)) as number;
}

/** Milliseconds between each two frames while an answer is written, shortest first. */
export async function framesOfAnswer(page: Page): Promise<number[]> {
  const frames = (await page.evaluate(`(${ANSWER})()`)) as number[];
  return frames.sort((a, b) => a - b);
}
