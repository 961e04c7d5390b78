// Long listings, page by page, over one consistent picture: the server fixes the moment in its cursor.
import {h, button, replace} from './dom.js';
import {get} from './api.js';

const pageSize = 200;
const largestPage = 1000; // for whoever pulls the scroll bar far down

/** The rows of one listing as far as they have been fetched. */
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
      const limit = index - this.rows.length > pageSize ? largestPage : pageSize;
      this.#isFetching ??= this.#fetchPage(limit).finally(() => { this.#isFetching = null; });
      await this.#isFetching;
    }
  }

  async #fetchPage(limit) {
    const answer = await get(this.#path, {...this.#params, limit, cursor: this.#cursor});
    this.first ??= answer;
    this.rows.push(...answer[this.#name]);
    this.#cursor = answer.next_cursor;
    this.isComplete = !answer.next_cursor;
  }
}

/**
 * A listing that is read from its beginning: `append(rows, answer)` draws each page, and the element that comes back offers the
 * next one as long as there is one.
 */
export async function readPages(path, params, name, append) {
  const more = h('div', {});
  const fetchPage = async (cursor) => {
    const answer = await get(path, {...params, limit: pageSize, cursor});
    append(answer[name], answer);
    replace(more, answer.next_cursor && button('Show more', () => fetchPage(answer.next_cursor)
      .catch((problem) => replace(more, h('p', {class: 'error', role: 'alert'}, problem.message)))));
  };
  await fetchPage();
  return more;
}
