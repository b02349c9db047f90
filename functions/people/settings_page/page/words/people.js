/** Who did something to a key: the words for the `..._by` of a record. */

import { session } from "../data/session.js";

/** What stands for whoever may invoke the functions in the AWS account. */
export const IAM = "iam";

/** "you", a person's name, a key's name where `keys` know it, or "an operator". */
export function personName(id, name, keys) {
  if (id === IAM) return "an operator";
  if (session.isMe(id)) return "you";
  return name ?? keys.known(id)?.name ?? (id.startsWith("key_") ? "another key" : id);
}
