// A signature drawn on the screen: the strokes go into the hidden field of the form. Without a script one types one's name.
"use strict";
for (const box of document.querySelectorAll("[data-signature]")) {
  const canvas = box.querySelector("canvas");
  const field = box.closest("form").querySelector('input[name="strokes"]');
  const pen = canvas.getContext("2d");
  const strokes = [];
  let stroke = null;

  const point = (event) => {
    const frame = canvas.getBoundingClientRect();
    const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
    return [
      within(((event.clientX - frame.left) * canvas.width) / frame.width, canvas.width),
      within(((event.clientY - frame.top) * canvas.height) / frame.height, canvas.height),
    ];
  };
  const draw = () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.lineWidth = 2;
    pen.lineCap = "round";
    for (const line of strokes) {
      pen.beginPath();
      line.forEach(([x, y], place) => (place ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.stroke();
    }
    field.value = strokes.length ? JSON.stringify(strokes) : "";
  };

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    stroke = [point(event)];
    strokes.push(stroke);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (stroke) {
      stroke.push(point(event));
      draw();
    }
  });
  canvas.addEventListener("pointerup", () => { stroke = null; });
  box.querySelector("[data-clear]").addEventListener("click", () => { strokes.length = 0; draw(); });
  box.hidden = false;
}
