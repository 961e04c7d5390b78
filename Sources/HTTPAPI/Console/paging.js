// A long listing, page by page, over one consistent picture: the server fixes the moment in its cursor.
import {get} from './api.js';

const pageSize = 200;

/** The rows of one listing as far as they have been fetched; `total` is what the server counts. */
export class Listing {
  #path;
  #params;
  #name;
  #cursor;
  #isFetching = null;
  rows = [];
  first = null;
  isComplete = false;

  /** `name` is the member that holds the rows: `keys`, `events`, … */
  constructor(path, params, name) {
    [this.#path, this.#params, this.#name] = [path, params, name];
  }

  /** Fetches until row number `index` is there, or all are. One request at a time. */
  async reach(index) {
    while (!this.isComplete && this.rows.length <= index) {
      this.#isFetching ??= this.#fetchPage().finally(() => { this.#isFetching = null; });
      await this.#isFetching;
    }
  }

  async #fetchPage() {
    const answer = await get(this.#path, {limit: pageSize, ...this.#params, cursor: this.#cursor});
    this.first ??= answer;
    this.rows.push(...answer[this.#name]);
    this.#cursor = answer.next_cursor;
    this.isComplete = !answer.next_cursor;
  }

  /** Puts a row in place of the one with its id, or at the head where there is none. */
  put(row) {
    const index = this.rows.findIndex((each) => each.id === row.id);
    if (index >= 0) this.rows[index] = row;
    else this.rows.unshift(row);
  }
}
