// A canvas context that keeps what uPlot paints as SVG: lines stay lines, and text stays text.
const NS = 'http://www.w3.org/2000/svg';
const ruler = HTMLCanvasElement.prototype.getContext.call(document.createElement('canvas'), '2d');
let clips = 0;
const short = (number) => Math.round(number * 10) / 10;

function element(name, attributes, ...content) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

class Path {
  constructor(other) { this.d = other ? other.d : ''; }
  moveTo(x, y) { this.d += `M${short(x)} ${short(y)}`; }
  lineTo(x, y) { this.d += `${this.d ? 'L' : 'M'}${short(x)} ${short(y)}`; }
  rect(x, y, w, h) { this.d += `M${short(x)} ${short(y)}h${short(w)}v${short(h)}h${short(-w)}z`; }
  arc(x, y, r) { this.d += `M${short(x - r)} ${short(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`; }
  closePath() { this.d += 'z'; }
  addPath(other) { this.d += other.d; }
}
window.Path2D = Path;

const FIRST = { strokeStyle: '#000', fillStyle: '#000', lineWidth: 1, font: '12px sans-serif', textAlign: 'start',
  textBaseline: 'alphabetic', globalAlpha: 1, x: 0, y: 0, turn: 0, kept: '' };

class Context {
  constructor(canvas) {
    Object.assign(this, { canvas, shapes: [], state: { ...FIRST }, stack: [], path: new Path() });
    for (const name of Object.keys(FIRST)) {
      Object.defineProperty(this, name, { get: () => this.state[name], set: (value) => { this.state[name] = value; } });
    }
    for (const name of ['moveTo', 'lineTo', 'rect', 'arc', 'closePath']) {
      this[name] = (...values) => this.path[name](...values);
    }
  }
  beginPath() { this.path = new Path(); }
  save() { this.stack.push({ ...this.state }); }
  restore() { this.state = this.stack.pop(); }
  setLineDash() {}
  translate(x, y) { this.state.x += x; this.state.y += y; }
  rotate(radians) { this.state.turn += (radians * 180) / Math.PI; }
  clearRect() { this.shapes = []; }
  measureText(text) { ruler.font = this.state.font; return ruler.measureText(text); }
  clip({ d } = this.path) {
    this.state.kept = `clip-${clips += 1}`;
    this.shapes.push(element('clipPath', { id: this.state.kept }, element('path', { d })));
  }
  draw(name, attributes, ...content) {
    const { x, y, turn, kept } = this.state;
    const transform = x || y || turn ? { transform: `translate(${short(x)} ${short(y)})rotate(${short(turn)})` } : {};
    const clipped = kept ? { 'clip-path': `url(#${kept})` } : {};
    this.shapes.push(element(name, { ...attributes, ...transform, ...clipped }, ...content));
  }
  stroke({ d } = this.path) {
    const { strokeStyle, lineWidth } = this.state;
    if (d) this.draw('path', { d, fill: 'none', stroke: strokeStyle, 'stroke-width': lineWidth });
  }
  fill({ d } = this.path) { if (d) this.draw('path', { d, fill: this.state.fillStyle }); }
  fillText(text, x, y) {
    const { fillStyle, font, textAlign, textBaseline } = this.state;
    this.draw('text', { x: short(x), y: short(y), fill: fillStyle,
      'text-anchor': { center: 'middle', right: 'end' }[textAlign] ?? 'start',
      dy: { top: '0.8em', middle: '0.35em' }[textBaseline] ?? '0', 'font-size': '12px' }, text);
  }
}

HTMLCanvasElement.prototype.getContext = function getContext() {
  this.drawn ??= new Context(this);
  return this.drawn;
};

// Puts what was drawn on the original's canvases in the place of the copy's.
export function replaceCanvases(copy, original) {
  const drawn = [...original.querySelectorAll('canvas')];
  [...copy.querySelectorAll('canvas')].forEach((canvas, number) => {
    const { width, height, drawn: { shapes } } = drawn[number];
    canvas.replaceWith(element('svg', { width, height, style: 'position:absolute;left:0;top:0' }, ...shapes));
  });
}
