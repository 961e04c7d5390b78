// Long listings, page by page, over one consistent picture: the server fixes the moment in its cursor.
import {h, button, replace} from './dom.js';
import {get} from './api.js';

const pageSize = 200;

/** The rows of one listing as far as they have been fetched: those in view, wherever the scroll bar was pulled to. */
export class Listing {
  #path;
  #params;
  #name;
  #fetched = new Set();
  #wanted = [];
  #isFetching = null;
  rows = [];
  first = null;

  /** `name` is the member that holds the rows: `keys`, `events`, … */
  constructor(path, params, name) {
    [this.#path, this.#params, this.#name] = [path, params, name];
  }

  /** The first page. Its cursor holds the moment of all others, which are told by how many rows come before them. */
  async begin() {
    this.first = await get(this.#path, {...this.#params, limit: pageSize});
    this.#keep(0, this.first);
  }

  /** Whether rows from `start` up to `end` are there, as far as there are any. */
  has(start, end) { return this.#missing(start, end).length === 0; }

  /** Fetches rows from `start` up to `end`. Whoever asks for others meanwhile is served next, and those in between are left out. */
  async reach(start, end) {
    this.#wanted = [start, end];
    this.#isFetching ??= this.#fetch().finally(() => { this.#isFetching = null; });
    await this.#isFetching;
  }

  async #fetch() {
    for (let pages = this.#missing(...this.#wanted); pages.length > 0; pages = this.#missing(...this.#wanted)) {
      await Promise.all(pages.map(async (page) => this.#keep(page, await get(this.#path, {
        ...this.#params, limit: pageSize, cursor: this.first.next_cursor, skip: (page - 1) * pageSize,
      }))));
    }
  }

  #missing(start, end) {
    const pages = [];
    for (let page = Math.floor(start / pageSize); page * pageSize < end && this.first.next_cursor; page += 1) {
      if (!this.#fetched.has(page)) pages.push(page);
    }
    return pages;
  }

  #keep(page, answer) {
    this.#fetched.add(page);
    answer[this.#name].forEach((row, index) => { this.rows[page * pageSize + index] = row; });
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
