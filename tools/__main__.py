"""Writes what is generated from the code: the schema, the reference, the configuration block of Pulumi.yaml, the map of the files."""

from tools import architecture, pulumi_yaml, reference, schema

if __name__ == "__main__":
    schema.FILE.write_text(schema.text())
    for file, page in reference.PAGES.items():
        file.write_text(page())
    pulumi_yaml.FILE.write_text(pulumi_yaml.page())
    architecture.main()
