"""A process on this machine with the DNS records of a stack's websites: Route 53 and CloudFront in moto, and a DNS server that answers from them.

``make up`` starts it where the stack has websites, and ``make down`` stops it. The nodes resolve names by it, as they do by the VPC's resolver.
"""
