/**
 * Input a person gave that cannot be what they meant. The message is one sentence that names what is wrong and what
 * would be right; programs print it as it stands and end with exit code 1.
 */
export class PlimsollInputError extends Error {
  override readonly name = "PlimsollInputError";
}
