import subprocess


def test_makes_namespaces_of_its_own():
    subprocess.run(["unshare", "--user", "--map-root-user", "true"], check=True)
