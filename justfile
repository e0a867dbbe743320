# The commands of README and CONTRIBUTING under short names. `just` is a convenience: nothing depends on it.

# List the recipes
default:
    @just --list --unsorted

# Start a marketplace from souk-data
run *args:
    cargo run --release -- serve {{ args }}

# Start a marketplace with demo data
demo:
    cargo run --release -- serve --demo

# Everything CI checks, or a part: lint, sqlite, postgres, policies
test *args:
    ./scripts/test {{ args }}

# The figures of docs/PERFORMANCE.md, as Markdown
bench *args:
    ./scripts/bench {{ args }}

# Format, clippy, documentation
lint:
    ./scripts/test lint

# Format the code
fmt:
    cargo fmt --all
