"""Writes what is generated from the code: the schema, the reference, the configuration block of Pulumi.yaml, the console's runbook, the map of the files."""

from tools import architecture, pulumi_yaml, reference, runbook, schema

if __name__ == "__main__":
    schema.FILE.write_text(schema.text())
    for file, page in reference.PAGES.items():
        file.write_text(page())
    pulumi_yaml.FILE.write_text(pulumi_yaml.page())
    runbook.FILE.write_text(runbook.text())
    architecture.main()
