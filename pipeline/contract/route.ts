import { z } from "zod";

/** How a web application answers one method on one path. */
export const Route = z.strictObject({
  framework: z.enum(["fastapi", "starlette", "flask", "django"]),
  method: z.string().describe("GET, POST, ...; a registration of several methods is a target for each"),
  path: z
    .string()
    .describe("As the application serves it, prefixes of routers and blueprints included: /orders/{order_id}"),
  handler: z.string().describe("Dotted name of the function that answers, with its module: shop.orders.create_order"),
  application: z
    .string()
    .nullable()
    .describe(
      "Where the application is: shop.main:app, or shop.main:create_app() for a factory; of Django, the module of " +
        "the project's settings; null where none was found",
    ),
  environment: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      "Settings that the application demands, with harmless stand-ins that its tests set before they import it",
    ),
});
export type Route = z.infer<typeof Route>;
