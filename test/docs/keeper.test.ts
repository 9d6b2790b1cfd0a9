/** What docs/keeper.md says of the log, held against the program. */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

const ROOT = path.join(__dirname, "../..");
const KEEPER = path.join(ROOT, "scripts/keeper");

/** The messages of the page's table, and the level they are told at. */
function rows(): { messages: string[]; level: string }[] {
  const page = readFileSync(path.join(ROOT, "docs/keeper.md"), "utf8");
  const lines = page.slice(page.indexOf("## What it logs")).split("\n");
  const found = lines.flatMap((line) => {
    const [, first, second] = line.split(" | ").length === 3 ? line.split("|") : [];
    const messages = [...(first ?? "").matchAll(/`([^`]+)`/g)].map(([, message = ""]) => message.trim());
    return messages.length > 0 ? [{ messages, level: second?.trim() ?? "" }] : [];
  });
  return found.filter(({ messages }) => !["kind", "watched"].includes(messages.join()));
}

describe("docs: the keeper's log", () => {
  const source = readdirSync(KEEPER)
    .map((file) => readFileSync(path.join(KEEPER, file), "utf8"))
    .join("\n");

  for (const { messages, level } of rows()) {
    for (const message of messages) {
      it(`says "${message}", as the page has it`, () => {
        const told = source.split("\n").filter((line) => line.includes(message));
        expect(told).not.to.be.empty;
        // A word such as `flag` stands in many lines; a sentence is told in one.
        const isCall = (line: string): boolean => /log\.\w+\(/.test(line) && !line.includes("kind:");
        const calls = message.includes(" ") ? told.filter(isCall) : [];
        for (const call of calls) expect(call).to.contain(`log.${level}(`);
      });
    }
  }

  it("has no message that the page leaves out", () => {
    const fixed = [...source.matchAll(/log\.(?:info|warn)\([^;]*?"([^"$]+)"\);/g)].map(([, message]) => message);
    const known = rows().flatMap(({ messages }) => messages);
    expect(fixed).not.to.be.empty;
    // The ends of runKeeper speak for themselves.
    for (const message of fixed.filter((one) => one !== "stopped")) expect(known).to.include(message);
  });
});
