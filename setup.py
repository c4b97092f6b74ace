"""What pyproject.toml cannot say: ``ckanext`` is shared with CKAN and with
every other extension in the way in which they share it (a ``-nspkg.pth``
file), so that an editable install and a wheel are both found beside them."""

from setuptools import find_namespace_packages, setup

setup(
    packages=find_namespace_packages(include=["ckanext", "ckanext.gtplan*"]),
    namespace_packages=["ckanext"],
)
