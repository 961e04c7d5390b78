// Elements from data. Text only ever enters as text: nothing in the console parses HTML.

/**
 * Builds an element: `h('button', {class: 'quiet', onclick: act}, 'Rotate ', name)`.
 * Attributes that are false, null or undefined are left out, true stands alone; `on…` takes a listener.
 */
export function h(tag, attributes = {}, ...children) {
  return fill(decorate(document.createElement(tag), attributes), children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(decorate(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes), children);
}

/** Puts these children in the place of those that were there. */
export function replace(element, ...children) {
  element.replaceChildren();
  return fill(element, children);
}

/** Draws an element anew; what had the focus in it has it again. */
export function redraw(element, ...children) {
  const all = () => [...element.querySelectorAll('a, button, input, select')];
  const focused = all().indexOf(document.activeElement);
  replace(element, ...children);
  if (focused >= 0) all()[focused]?.focus();
}

function decorate(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  return element;
}

function fill(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === false || child == null) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

let lastID = 0;

/** A new id, to tie a label or a description to its element. */
export function freshID(word) {
  lastID += 1;
  return `${word}-${lastID}`;
}

/** Monospaced text that can be copied whole: an id, a hash, a key. */
export const code = (text, attributes = {}) => h('code', attributes, text);

/** A button that says what it does with its object. */
export function button(label, onclick, attributes = {}) {
  return h('button', {type: 'button', onclick, ...attributes}, label);
}

/** Copies, and says so on the button for a moment. */
export function copyButton(label, text) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      element.textContent = 'Copied';
    } catch {
      element.textContent = 'Select it and copy it by hand';
    }
    setTimeout(() => { element.textContent = label; }, 2000);
  };
  const element = button(label, copy);
  return element;
}

/** The name of a field, the field, and a place for what is wrong with it. */
export function field(label, control, hint) {
  const id = control.id || freshID('field');
  control.id = id;
  const note = h('p', {class: 'hint', id: `${id}-hint`}, hint);
  const error = h('p', {class: 'error', id: `${id}-error`, role: 'alert'});
  control.setAttribute('aria-describedby', `${note.id} ${error.id}`);
  const element = h('div', {class: 'field'}, h('label', {for: id}, label), control, hint && note, error);
  element.complain = (sentence) => {
    error.textContent = sentence ?? '';
    control.toggleAttribute('aria-invalid', Boolean(sentence));
  };
  return element;
}
