// Learning curves of several initializers: medians with bands, told apart by colour and by dashes.

import { frame, linear, scaled, xAxis, yAxis } from "./charts.js";
import { svg } from "./dom.js";
import { ticks } from "./numbers.js";

export function curvesChart(rows, labels, { log = false, height = 280 }) {
  return (width) => {
    const legendRows = Math.ceil(labels.length / 2);
    const box = { left: 52, right: width - 12, top: 12 + 17 * legendRows, bottom: height - 34 };
    const last = Math.max(...rows.map((row) => row.epoch), 1);
    const x = linear([0, last], [box.left, box.right]);
    const values = rows.flatMap((row) => [row.low, row.median, row.high]);
    const y = scaled(values, { log: log && values.every((value) => value > 0) }, [box.bottom, box.top]);
    const picture = frame(width, height);
    yAxis(picture, y, box);
    xAxis(picture, x, box, ticks(0, last, 6).filter(Number.isInteger), "epoch");
    labels.forEach((label, index) => {
      const mine = rows.filter((row) => row.initializer === label);
      const at = (row, key) => `${x(row.epoch).toFixed(1)},${y(row[key]).toFixed(1)}`;
      const area = [...mine.map((row) => at(row, "high")), ...mine.map((row) => at(row, "low")).reverse()];
      if (mine.length > 1) picture.append(svg("path", { class: `area color-${index}`, d: `M${area.join("L")}Z` }));
    });
    labels.forEach((label, index) => {
      const mine = rows.filter((row) => row.initializer === label);
      if (mine.length) {
        const path = mine.map((row) => `${x(row.epoch).toFixed(1)},${y(row.median).toFixed(1)}`);
        picture.append(svg("path", { class: `curve color-${index}`, d: `M${path.join("L")}` }));
      }
      const [left, top] = [box.left + ((index % 2) * (box.right - box.left)) / 2, 10 + 17 * Math.floor(index / 2)];
      picture.append(svg("line", { class: `curve color-${index}`, x1: left, x2: left + 24, y1: top, y2: top }));
      picture.append(svg("text", { class: "tick", x: left + 30, y: top + 4 }, label));
    });
    return picture;
  };
}
