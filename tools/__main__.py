"""Writes everything that is generated from the inputs' types: the schema, the reference, and the configuration block of Pulumi.yaml."""

from tools import pulumi_yaml, reference, schema

if __name__ == "__main__":
    schema.FILE.write_text(schema.text())
    for file, page in reference.PAGES.items():
        file.write_text(page())
    pulumi_yaml.FILE.write_text(pulumi_yaml.page())
